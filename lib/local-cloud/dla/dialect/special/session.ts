import { quoteText } from '../../tokens';
import type { CompileInput } from '../compile';
import { DATE, VARCHAR, shownZone } from '../types';
import { NULL, local, text, typed } from '../value';
import type { Value } from '../value';
import { expectCount, scalars } from './special';
import type { ValueCompile } from './special';

export function now({ now: at, timeZone }: { now: Date; timeZone: string }): Value {
  return typed(`CAST('${at.toISOString().replace('T', ' ').replace('Z', '+00')}' AS TIMESTAMPTZ)`, {
    kind: 'timestamptz',
    zone: timeZone,
  });
}

function timeOfDay(input: CompileInput): Value {
  return typed(`CAST(${local(now(input)).sql} AS TIME)`, { kind: 'time' });
}

function userName({ user }: CompileInput): Value {
  return typed(quoteText(user), VARCHAR);
}

function schemaName({ schema }: CompileInput): Value {
  return schema === undefined ? NULL : typed(quoteText(schema), VARCHAR);
}

/** Functions without arguments, which tell something about the session. */
function bare(table: Readonly<Record<string, (input: CompileInput) => Value>>): Record<string, ValueCompile> {
  return Object.fromEntries(
    Object.entries(table).map(([name, tell]) => [
      name,
      (args, { input }) => {
        expectCount(name, args, 0, 0);
        return tell(input);
      },
    ]),
  );
}

export const SESSION = scalars(
  bare({
    now,
    current_timestamp: now,
    current_date: (input) => typed(`CAST(${local(now(input)).sql} AS DATE)`, DATE),
    current_time: timeOfDay,
    localtime: timeOfDay,
    localtimestamp: (input) => local(now(input)),
    current_timezone: (input) => text(shownZone(input.timeZone)),
    current_user: userName,
    user: userName,
    session_user: userName,
    system_user: userName,
    database: schemaName,
    schema: schemaName,
  }),
);
