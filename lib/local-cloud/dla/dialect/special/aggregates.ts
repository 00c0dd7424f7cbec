import { divided } from '../arithmetic';
import { NO_MODIFIERS, fill, wrongArguments } from '../overloads';
import type { Modifiers } from '../overloads';
import {
  BIGINT,
  DOUBLE,
  INTEGER,
  VARCHAR,
  arrayOf,
  duckdbType,
  fits,
  isInteger,
  isNumeric,
  isOrderable,
} from '../types';
import type { Type } from '../types';
import { NULL, coerce, fail, typed } from '../value';
import type { Value } from '../value';
import { aggregates, expectCount, texts } from './special';

function extremeBy(name: string, order: string, args: readonly Value[], modifiers: Modifiers): Value {
  expectCount(name, args, 2, 3);
  const [of, by, count] = args;
  if (!isOrderable(by.type) || (count && !fits(count.type, BIGINT))) {
    throw wrongArguments(name, args, [`${name}(T, O)`, `${name}(T, O, bigint)`]);
  }
  if (count === undefined) {
    const fn = name === 'max_by' ? 'arg_max_null' : 'arg_min_null';
    return typed(fill(`${fn}(@$1, $2)`, [of, by], modifiers), of.type);
  }
  const pairs = fill('list(@struct_pack(k := $2, v := $1))', [of, by], modifiers);
  const sorted = `list_sort(list_filter(${pairs}, lambda e: e.k IS NOT NULL), '${order}')`;
  const first = `list_slice(${sorted}, 1, ${fill('any_value(@$1)', [coerce(count, BIGINT)], { ...NO_MODIFIERS, suffix: modifiers.suffix })})`;
  return typed(`list_transform(${first}, lambda e: e.v)`, arrayOf(of.type));
}

/** The pairs that a map is made of: those without a key do not count. */
function entriesOf([key, value]: readonly Value[], modifiers: Modifiers): { entries: string } {
  const list = fill('list(@struct_pack(k := $1, v := $2))', [key, value], modifiers);
  return { entries: `nullif(list_filter(${list}, lambda x: x.k IS NOT NULL), [])` };
}

function approxPercentile(args: readonly Value[], modifiers: Modifiers): Value {
  expectCount('approx_percentile', args, 2, 4);
  const [of] = args;
  const weight = args.length > 2 ? args[1] : undefined;
  const percentage = args[weight ? 2 : 1];
  const isMany = percentage.type.kind === 'array';
  const wantedType = isMany ? arrayOf(DOUBLE) : DOUBLE;
  if (!fits(of.type, DOUBLE) || !fits(percentage.type, wantedType) || (weight && !fits(weight.type, BIGINT))) {
    throw wrongArguments('approx_percentile', args, [
      'approx_percentile(number, double)',
      'approx_percentile(number, array(double))',
      'approx_percentile(number, bigint, double)',
      'approx_percentile(number, bigint, array(double))',
    ]);
  }
  const value = isInteger(of.type) ? coerce(of, BIGINT) : of.type.kind === 'decimal' ? coerce(of, DOUBLE) : of;
  const weighed = `struct_pack(v := $1, w := ${weight ? '$2' : '1'})`;
  const items = weight ? [value, coerce(weight, BIGINT)] : [value];
  const sorted = weight
    ? fill(`list_sort(list_filter(list(@${weighed}), lambda e: e.v IS NOT NULL AND e.w > 0))`, items, modifiers)
    : fill('list_sort(list_filter(list(@$1), lambda e: e IS NOT NULL))', items, modifiers);
  const at = (p: string): string => {
    const found = weight
      ? `${sorted}[js_weighted_place(list_transform(${sorted}, lambda e: e.w), ${p})].v`
      : `${sorted}[CAST(least(floor(${p} * len(${sorted})) + 1, len(${sorted})) AS BIGINT)]`;
    return `CASE WHEN ${p} < 0 OR ${p} > 1 THEN ${fail('Percentile must be between 0 and 1')} ELSE ${found} END`;
  };
  const wanted = coerce(percentage, wantedType).sql;
  const result = isMany ? `list_transform(${wanted}, lambda p: ${at('p')})` : at(wanted);
  return typed(`CASE WHEN len(${sorted}) > 0 THEN ${result} END`, isMany ? arrayOf(value.type) : value.type);
}

/** DuckDB's decimals have room for a little more than 38 digits. */
function within38Digits(sum: string, type: Type & { kind: 'decimal' }): string {
  const nines = '9'.repeat(38);
  const most = `CAST('${nines.slice(type.scale)}.${nines.slice(38 - type.scale)}' AS ${duckdbType(type)})`;
  return `CASE WHEN ${sum} > ${most} OR ${sum} < -${most} THEN ${fail('Decimal overflow')} ELSE CAST(${sum} AS ${duckdbType(type)}) END`;
}

export const AGGREGATES_IN_CODE = aggregates({
  count: (args, _, { modifiers, call }) => {
    if (call?.star || args.length === 0) {
      return typed(fill('count(*)$SUFFIX', [], modifiers), BIGINT);
    }
    expectCount('count', args, 1, 1);
    return typed(fill('count(@$1)', args, modifiers), BIGINT);
  },
  sum: (args, _, { modifiers }) => {
    expectCount('sum', args, 1, 1);
    const { type } = args[0];
    switch (type.kind) {
      case 'decimal': {
        const result = { ...type, precision: 38 };
        return typed(within38Digits(fill('sum(@$1)', args, modifiers), result), result);
      }
      case 'real':
        return typed(fill('CAST(sum(@$1) AS FLOAT)', args, modifiers), type);
      case 'double':
      case 'interval day':
      case 'interval year':
        return typed(fill(`CAST(sum(@$1) AS ${duckdbType(type)})`, args, modifiers), type);
      case 'tinyint':
      case 'smallint':
      case 'integer':
      case 'bigint':
      case 'unknown':
        return typed(fill('CAST(sum(@$1) AS BIGINT)', args, modifiers), BIGINT);
      default:
        throw wrongArguments('sum', args, ['sum(bigint)', 'sum(double)', 'sum(real)', 'sum(decimal(p,s))']);
    }
  },
  avg: (args, _, { modifiers }) => {
    expectCount('avg', args, 1, 1);
    const { type } = args[0];
    if (type.kind === 'decimal') {
      return typed(
        divided(fill('sum(@$1)', args, modifiers), fill('nullif(count(@$1), 0)', args, modifiers), type),
        type,
      );
    }
    if (type.kind === 'real') {
      return typed(fill('CAST(avg(@$1) AS FLOAT)', args, modifiers), type);
    }
    if (type.kind.startsWith('interval')) {
      return typed(fill(`CAST(round(avg(@$1)) AS ${duckdbType(type)})`, args, modifiers), type);
    }
    if (!isNumeric(type) && type.kind !== 'unknown') {
      throw wrongArguments('avg', args, ['avg(bigint)', 'avg(double)', 'avg(real)', 'avg(decimal(p,s))']);
    }
    return typed(fill('avg(@$1)', [coerce(args[0], DOUBLE)], modifiers), DOUBLE);
  },
  approx_distinct: (args, _, { modifiers }) => {
    expectCount('approx_distinct', args, 1, 2);
    const [of, error] = args;
    if (error && !fits(error.type, DOUBLE)) {
      throw wrongArguments('approx_distinct', args, ['approx_distinct(T)', 'approx_distinct(T, double)']);
    }
    return typed(fill('count(@$1)', [of], { ...modifiers, distinct: true, order: '' }), BIGINT);
  },
  array_agg: (args, _, { modifiers }) => {
    expectCount('array_agg', args, 1, 1);
    return typed(fill('list(@$1)', args, modifiers), arrayOf(args[0].type));
  },
  set_agg: (args, _, { modifiers }) => {
    expectCount('set_agg', args, 1, 1);
    const list = fill('list(@$1)', args, modifiers);
    return typed(`list_filter(${list}, lambda e, i: list_position(${list}, e) = i)`, arrayOf(args[0].type));
  },
  max_by: (args, _, { modifiers }) => extremeBy('max_by', 'DESC', args, modifiers),
  min_by: (args, _, { modifiers }) => extremeBy('min_by', 'ASC', args, modifiers),
  map_agg: (args, _, { modifiers }) => {
    expectCount('map_agg', args, 2, 2);
    const { entries } = entriesOf(args, modifiers);
    const first = `list_filter(${entries}, lambda e, i: list_position(list_transform(${entries}, lambda x: x.k), e.k) = i)`;
    return typed(`CASE WHEN ${entries} IS NULL THEN NULL ELSE map_from_entries(${first}) END`, {
      kind: 'map',
      key: args[0].type,
      value: args[1].type,
    });
  },
  multimap_agg: (args, _, { modifiers }) => {
    expectCount('multimap_agg', args, 2, 2);
    const { entries } = entriesOf(args, modifiers);
    const all = `list_transform(${entries}, lambda x: x.k)`;
    const keys = `list_filter(${all}, lambda e, i: list_position(${all}, e) = i)`;
    const values = `list_transform(${keys}, lambda e: list_transform(list_filter(${entries}, lambda x: x.k = e), lambda x: x.v))`;
    return typed(`CASE WHEN ${entries} IS NULL THEN NULL ELSE map(${keys}, ${values}) END`, {
      kind: 'map',
      key: args[0].type,
      value: arrayOf(args[1].type),
    });
  },
  map_union: (args, _, { modifiers }) => {
    expectCount('map_union', args, 1, 1);
    if (args[0].isNull) {
      return NULL;
    }
    if (args[0].type.kind !== 'map') {
      throw wrongArguments('map_union', args, ['map_union(map(K, V))']);
    }
    const maps = fill('list_filter(list(@map_entries($1)), lambda e: e IS NOT NULL)', args, modifiers);
    const entries = `flatten(nullif(${maps}, []))`;
    const first = `list_filter(${entries}, lambda e, i: list_position(list_transform(${entries}, lambda x: x.key), e.key) = i)`;
    return typed(`CASE WHEN ${entries} IS NULL THEN NULL ELSE map_from_entries(${first}) END`, args[0].type);
  },
  histogram: (args, _, { modifiers }) => {
    expectCount('histogram', args, 1, 1);
    const type: Type = { kind: 'map', key: args[0].type, value: BIGINT };
    return typed(`CAST(${fill('histogram(@$1)', args, modifiers)} AS ${duckdbType(type)})`, type);
  },
  approx_percentile: (args, _, { modifiers }) => approxPercentile(args, modifiers),
  listagg: (args, _, { modifiers }) => {
    expectCount('listagg', args, 1, 2);
    const [of, separator] = texts('listagg', args, 1, 2);
    const sql = fill(`string_agg(@$1, $2)`, [typed(of, VARCHAR), typed(separator ?? "''", VARCHAR)], modifiers);
    return typed(sql, VARCHAR);
  },
  group_concat: (args, _, { modifiers }) => {
    const [of] = texts('group_concat', args, 1, 1);
    return typed(fill(`string_agg(@$1, ',')`, [typed(of, VARCHAR)], modifiers), VARCHAR);
  },
  grouping: (args) => typed(`CAST(GROUPING(${args.map(({ sql }) => sql).join(', ')}) AS INTEGER)`, INTEGER),
});
