import { AGGREGATES_IN_CODE } from './special/aggregates';
import { COLLECTIONS } from './special/collections';
import { CONDITIONS } from './special/conditions';
import { DATE_ARITHMETIC } from './special/date-arithmetic';
import { DATE_FIELDS } from './special/date-fields';
import { DATE_TEXTS } from './special/date-texts';
import { LAMBDAS } from './special/lambdas';
import { MYSQL_TIMES } from './special/mysql-times';
import { NUMBERS } from './special/numbers';
import { SESSION } from './special/session';
import type { Special } from './special/special';
import { TEXTS } from './special/texts';
import { TIME_ZONES } from './special/time-zones';
import { UNIX_TIMES } from './special/unix-times';

/** Functions whose result or SQL depends on more than a template can say. */
export const SPECIAL: Readonly<Record<string, Special>> = {
  ...CONDITIONS,
  ...NUMBERS,
  ...TEXTS,
  ...SESSION,
  ...DATE_ARITHMETIC,
  ...DATE_FIELDS,
  ...DATE_TEXTS,
  ...MYSQL_TIMES,
  ...UNIX_TIMES,
  ...TIME_ZONES,
  ...COLLECTIONS,
  ...LAMBDAS,
  ...AGGREGATES_IN_CODE,
};
