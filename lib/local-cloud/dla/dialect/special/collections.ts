import { wrongArguments } from '../overloads';
import { BIGINT, BOOLEAN, VARCHAR, arrayOf, fits } from '../types';
import type { Type } from '../types';
import { NULL, coerce, fail, toText, typed } from '../value';
import type { Value } from '../value';
import { expectCount, isTextual, scalars } from './special';

export function longest(arrays: readonly Value[]): string {
  return `CAST(greatest(${arrays.map(({ sql }) => `len(${sql})`).join(', ')}) AS BIGINT)`;
}

/** Functions of arrays and maps. */
export const COLLECTIONS = scalars({
  array_join: (args) => {
    expectCount('array_join', args, 2, 3);
    const [of, delimiter, instead] = args;
    if (of.type.kind !== 'array' || !isTextual(delimiter) || (instead && !isTextual(instead))) {
      throw wrongArguments('array_join', args, ['array_join(array(T), varchar[, varchar])']);
    }
    const item = of.type.of.kind === 'unknown' ? 'CAST(e AS VARCHAR)' : toText('e', of.type.of);
    if (item === undefined) {
      throw wrongArguments('array_join', args, ['array_join(array(T), varchar[, varchar])']);
    }
    const items = instead
      ? `list_transform(${of.sql}, lambda e: coalesce(${item}, ${coerce(instead, VARCHAR).sql}))`
      : `list_transform(list_filter(${of.sql}, lambda e: e IS NOT NULL), lambda e: ${item})`;
    const joined = `array_to_string(${items}, ${coerce(delimiter, VARCHAR).sql})`;
    return typed(
      `CASE WHEN ${[of, delimiter, ...(instead ? [instead] : [])].map(({ sql }) => `${sql} IS NULL`).join(' OR ')} THEN NULL ` +
        `WHEN len(${of.sql}) = 0 THEN '' ELSE coalesce(${joined}, '') END`,
      VARCHAR,
    );
  },
  arrays_overlap: (args, compiler) => {
    const type = compiler.common(args, 'arrays_overlap');
    if (args.length !== 2 || type.kind !== 'array') {
      throw wrongArguments('arrays_overlap', args, ['arrays_overlap(array(T), array(T))']);
    }
    const [a, b] = args.map((arg) => coerce(arg, type).sql);
    const known = (sql: string): string => `list_filter(${sql}, lambda e: e IS NOT NULL)`;
    return typed(
      `CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NULL WHEN len(${a}) = 0 OR len(${b}) = 0 THEN false ` +
        `WHEN list_has_any(${known(a)}, ${known(b)}) THEN true ` +
        `WHEN len(${known(a)}) < len(${a}) OR len(${known(b)}) < len(${b}) THEN NULL ELSE false END`,
      BOOLEAN,
    );
  },
  combinations: (args) => {
    expectCount('combinations', args, 2, 2);
    const [of, size] = args;
    if (of.type.kind !== 'array' || !fits(size.type, BIGINT)) {
      throw wrongArguments('combinations', args, ['combinations(array(T), bigint)']);
    }
    const indexes = `CAST(js_combinations(len(${of.sql}), ${coerce(size, BIGINT).sql}) AS BIGINT[][])`;
    return typed(`list_transform(${indexes}, lambda e: list_transform(e, lambda i: ${of.sql}[i]))`, arrayOf(of.type));
  },
  zip: (args) => {
    if (args.length < 2 || !args.every(({ type }) => type.kind === 'array')) {
      throw wrongArguments('zip', args, ['zip(array(T), array(U), …)']);
    }
    const members = args.map(({ sql }, at) => `f${at} := ${sql}[e]`);
    const list = `list_transform(range(1, ${longest(args)} + 1), lambda e: struct_pack(${members.join(', ')}))`;
    return typed(`CASE WHEN ${args.map(({ sql }) => `${sql} IS NULL`).join(' OR ')} THEN NULL ELSE ${list} END`, {
      kind: 'array',
      of: { kind: 'row', fields: args.map(({ type }) => ({ type: (type as Type & { kind: 'array' }).of })) },
    });
  },
  map: (args) => {
    if (args.length === 0) {
      return typed('MAP()', { kind: 'map', key: NULL.type, value: NULL.type });
    }
    expectCount('map', args, 2, 2);
    const [keys, values] = args;
    if (keys.type.kind !== 'array' || values.type.kind !== 'array') {
      throw wrongArguments('map', args, ['map(array(K), array(V))']);
    }
    return typed(
      `CASE WHEN ${keys.sql} IS NULL OR ${values.sql} IS NULL THEN NULL ` +
        `WHEN len(${keys.sql}) <> len(${values.sql}) THEN ${fail('Key and value arrays must be the same length')} ` +
        `ELSE map(${keys.sql}, ${values.sql}) END`,
      { kind: 'map', key: keys.type.of, value: values.type.of },
    );
  },
  map_concat: (args, compiler) => {
    if (args.length > 0 && args.every(({ isNull }) => isNull)) {
      return NULL;
    }
    const type = compiler.common(args, 'map_concat');
    if (type.kind !== 'map' || args.length < 2) {
      throw wrongArguments('map_concat', args, ['map_concat(map(K, V), …)']);
    }
    const isNull = args.map(({ sql }) => `${sql} IS NULL`).join(' OR ');
    return typed(
      `CASE WHEN ${isNull} THEN NULL ELSE map_concat(${args.map((arg) => coerce(arg, type).sql).join(', ')}) END`,
      type,
    );
  },
  map_from_entries: (args) => {
    const [of] = args;
    if (args.length === 1 && of.isNull) {
      return NULL;
    }
    if (args.length === 1 && of.type.kind === 'array' && of.type.of.kind === 'unknown') {
      return typed('MAP()', { kind: 'map', key: NULL.type, value: NULL.type });
    }
    if (args.length !== 1 || of.type.kind !== 'array' || of.type.of.kind !== 'row' || of.type.of.fields.length !== 2) {
      throw wrongArguments('map_from_entries', args, ['map_from_entries(array(row(K, V)))']);
    }
    const [key, value] = of.type.of.fields;
    return typed(`CASE WHEN ${of.sql} IS NULL THEN NULL ELSE map_from_entries(${of.sql}) END`, {
      kind: 'map',
      key: key.type,
      value: value.type,
    });
  },
});
