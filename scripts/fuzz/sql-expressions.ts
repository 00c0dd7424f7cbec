import * as fc from 'fast-check';
import { AGGREGATES, SCALARS, SYNONYMS, WINDOW_FUNCTIONS } from '../../lib/local-cloud/dla/dialect/functions';
import { SPECIAL } from '../../lib/local-cloud/dla/dialect/special-functions';

/** A function as its table writes it. */
interface Signature {
  readonly name: string;
  readonly params: readonly string[];
  readonly result: string;
}

/** Texts at the commas of the outermost level. */
function split(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    depth += text[at] === '(' ? 1 : text[at] === ')' ? -1 : 0;
    if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? parts : [...parts, last];
}

/** Where the bracket that opens at `from` is closed. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let at = from; ; at += 1) {
    depth += text[at] === '(' ? 1 : text[at] === ')' ? -1 : 0;
    if (depth === 0) {
      return at;
    }
  }
}

function signatures(table: string): Signature[] {
  return table
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const open = line.indexOf('(');
      const close = closing(line, open);
      const [result] = line.slice(close + 1).split(' = ');
      return { name: line.slice(0, open), params: split(line.slice(open + 1, close)), result: result.slice(2) };
    });
}

const SCALAR = signatures(SCALARS);
const AGGREGATE = signatures(AGGREGATES);
const WINDOW = signatures(WINDOW_FUNCTIONS);

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  boolean: ['true', 'false', '1 = 1'],
  tinyint: ["cast('7' as tinyint)", "tinyint '1'"],
  smallint: ['cast(300 as smallint)'],
  integer: ['0', '1', '-1', '7', '100'],
  bigint: ['0', '2', '-3', '9223372036854775807', '64', 'cast(5 as bigint)'],
  real: ["real '1.5'", "cast('nan' as real)"],
  double: ['1e0', '-2.5e3', 'nan()', 'infinity()', "double '0.1'", '1e308'],
  'decimal(10, 2)': ['1.50', '-0.05', '12345678.90', "decimal '99999999999999999999.5'"],
  varchar: [
    "'abc'",
    "''",
    "'a b,c'",
    "'中文é'",
    "'2020-02-29'",
    "'2020-01-02 03:04:05.678'",
    "'%Y-%m-%d %H:%i:%s.%f %W %a %j'",
    "'yyyy-MM-dd''T''HH:mm:ss.SSS Z EEE D w'",
    "'(a)(b+)?|[c-d]{1,2}\\\\d'",
    "'$1-x'",
    '\'{"a":[1,{"b":null}],"c":"x"}\'',
    "'$.a[1].b'",
    '\'[1,2.5,true,"x"]\'',
    "'http://user@h.example:80/p/a?q=1&r=%20#f'",
    "'12'",
    "'-1.5e3'",
    "'true'",
    "'AQID'",
    "'ff00'",
    "'day'",
    "'month'",
    "'America/New_York'",
    "'1d 2h'",
    "'NFC'",
    "'k1:v1,k2:v2'",
    "','",
    "':'",
  ],
  varbinary: ["x'00ff'", "to_utf8('abc')", "X''"],
  json: ['json \'[1,{"a":null}]\'', 'json_parse(\'{"k":[1.5,"x",true]}\')', 'cast(array[1] as json)'],
  date: ["date '2020-02-29'", 'current_date', "date '0001-01-01'"],
  time: ["time '01:02:03.456'", 'localtime'],
  timestamp: ["timestamp '2020-01-02 03:04:05.678'", 'now()', "timestamp '1969-12-31 23:59:59'", 'localtimestamp'],
  'timestamp with time zone': [
    "timestamp '2020-03-08 02:30:00 America/New_York'",
    "from_unixtime(0, 'Asia/Tokyo')",
    "timestamp '2020-01-01 00:00:00 +05:30'",
  ],
  'interval day': ["interval '1' day", "interval '-2 03:04' day to minute", "interval '3' hour", "interval '5' second"],
  'interval year': ["interval '1' year", "interval '2-3' year to month", "interval '-1' month"],
};
const TYPES = Object.keys(LITERALS);
const NESTED = [
  'array(bigint)',
  'array(varchar)',
  'map(varchar, bigint)',
  'row(bigint, varchar)',
  'array(array(double))',
];

/** What a pattern's variable may be. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  N: ['integer', 'bigint', 'double', 'real', 'decimal(10, 2)', 'smallint'],
  I: ['integer', 'bigint', 'smallint', 'tinyint'],
  F: ['double', 'real'],
  O: ['bigint', 'varchar', 'double', 'date', 'timestamp', 'decimal(10, 2)', 'array(bigint)'],
  T: [...TYPES, ...NESTED],
  U: [...TYPES, ...NESTED],
  K: ['varchar', 'bigint', 'date', 'double'],
  V: [...TYPES, ...NESTED],
};

const COLUMNS = [
  ['a', 'bigint'],
  ['b', 'varchar'],
  ['c', 'double'],
  ['d', 'date'],
  ['e', 'array(bigint)'],
  ['f', 'decimal(10, 2)'],
] as const;
const ROWS =
  "(values (1, 'x', 1.5e0, date '2020-01-01', array[1, 2], 1.25), (2, null, null, date '2020-02-29', array[null], -3.50), " +
  "(2, 'y%_', -0e0, null, array[], 0.00), (null, '中', 1e300, date '1999-12-31', null, null)) t(a, b, c, d, e, f)";

const oneOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Makes SQL that fits DLA's dialect mostly: by the tables of functions, so that a new one is called as well. */
export class SqlWriter {
  /** Names that an expression may use, with their types. */
  private scope: (readonly [name: string, type: string])[] = [];

  constructor(private readonly g: fc.GeneratorValue) {}

  /** A query over values of its own. */
  public query(depth = 2): string {
    const kind = this.pick([
      ...['scalar', 'scalar', 'scalar', 'columns', 'columns', 'aggregate', 'aggregate', 'window'],
      ...(depth > 0 ? ['join', 'set', 'with', 'subquery', 'unnest'] : []),
    ]);
    switch (kind) {
      case 'scalar':
        return `select ${this.anyExpression(2)}, ${this.call(this.pick(SCALAR), 1)}`;
      case 'columns':
        return this.over(COLUMNS, () => {
          const order = this.pick([
            '',
            ' order by 1',
            ' order by 1 desc nulls first',
            ` order by ${this.anyExpression(0)}`,
          ]);
          return (
            `select ${this.pick(['', '', 'distinct ', 'all '])}${this.anyExpression(2)} as "x y", ${this.pick(['*', 't.*', 'a', 't.b'])} ` +
            `from ${ROWS}${this.where()}${order}${this.limit()}`
          );
        });
      case 'aggregate':
        return this.over(COLUMNS, () => {
          const grouped = this.pick([
            '',
            ' group by b',
            ' group by b, a',
            ' group by rollup(a, b)',
            ' group by cube(a, b)',
            ' group by grouping sets ((a), (a, b), ())',
            ' group by 1',
            ' group by all a',
          ]);
          const shown = grouped.includes('by 1') ? 'b, ' : grouped.includes('rollup') ? 'grouping(a, b), ' : '';
          const having = this.maybe(` having count(*) ${this.pick(['>', '<>', '>='])} 1`);
          return `select ${shown}${this.aggregate()}, ${this.aggregate()} from ${ROWS}${this.where()}${grouped}${having}${this.limit()}`;
        });
      case 'window':
        return this.over(COLUMNS, () => {
          const name = this.pick([...WINDOW, ...AGGREGATE]);
          return `select ${this.call(name, 1)}${this.pick(['', '', ' ignore nulls'])} over (${this.window()}) from ${ROWS}${this.limit()}`;
        });
      case 'join': {
        const how = this.pick(['join', 'left join', 'right outer join', 'full join', 'cross join', ', ']);
        const on = /cross|,/.test(how)
          ? ''
          : this.pick([' on t.a = u.a', ' using (a)', ` on ${this.expression('boolean', 1)}`]);
        return `select count(*), max(t.a) from ${ROWS} ${how} (${this.query(0)}) u(a, z)${on}`;
      }
      case 'set': {
        const set = this.pick(['union', 'union all', 'intersect', 'except', 'union distinct', 'except all']);
        return `select ${this.expression('bigint', 1)} ${set} select ${this.expression('bigint', 1)}${this.pick(['', ' order by 1'])}${this.limit()}`;
      }
      case 'with':
        return `with w as (${this.query(0)}), v(p) as (select ${this.anyExpression(1)}) select * from w${this.pick(['', ', v'])}${this.limit()}`;
      case 'subquery': {
        const what = this.pick([
          'exists (select 1 where a = 2)',
          `a in (select ${this.expression('bigint', 1)})`,
          `a ${this.pick(['=', '<', '>='])} ${this.pick(['any', 'all', 'some'])} (select ${this.expression('bigint', 0)})`,
          `a = (select max(z) from (values 1, 2) s(z) where z <> t.a)`,
          `(a, b) in (select 1, 'x')`,
        ]);
        return `select ${what} from ${ROWS} where not (${what}) or a is null`;
      }
      default: {
        const list = this.expression(this.pick(['array(bigint)', 'array(varchar)', 'map(varchar, bigint)']), 1);
        return `select * from ${this.pick(['', `${ROWS} cross join `])}unnest(${list})${this.pick(['', ' with ordinality'])}`;
      }
    }
  }

  private pick<T>(values: readonly T[]): T {
    return this.g(oneOf<T>, values);
  }

  private maybe(text: string): string {
    return this.pick(['', text]);
  }

  private where(): string {
    return this.maybe(` where ${this.expression('boolean', 1)}`);
  }

  private limit(): string {
    return this.pick(['', '', ' limit 2', ' limit all', ' offset 1 limit 1', ' fetch first 1 row only', ' limit 1, 2']);
  }

  private window(): string {
    const parts = this.maybe(`partition by ${this.pick(['b', 'a, b', 'd'])}`);
    const order = this.maybe(` order by ${this.pick(['a', 'c desc', 'd nulls first', 'a, b'])}`);
    const frame = this.pick([
      '',
      ' rows between 1 preceding and current row',
      ' rows unbounded preceding',
      ' range between unbounded preceding and unbounded following',
      ' rows between current row and 2 following',
    ]);
    return `${parts}${order}${frame}`;
  }

  private over<T>(names: readonly (readonly [string, string])[], make: () => T): T {
    const outer = this.scope;
    this.scope = [...outer, ...names];
    try {
      return make();
    } finally {
      this.scope = outer;
    }
  }

  private aggregate(): string {
    const special = [
      'count(*)',
      'count(distinct a)',
      'count(b)',
      'array_agg(a order by c)',
      'map_agg(b, a)',
      'histogram(a)',
    ];
    const more = ['approx_percentile(a, 0.5)', 'multimap_agg(b, a)', 'listagg(b)', 'group_concat(b)', 'checksum(a)'];
    const call = this.pick([...special, ...more, ...Array.from({ length: 20 }, () => '')]);
    const text = call || this.call(this.pick(AGGREGATE), 1, this.pick(['', '', 'distinct ']));
    return `${text}${this.pick(['', '', ' filter (where a > 1)'])}`;
  }

  private anyExpression(depth: number): string {
    return this.pick([true, false, false])
      ? this.special(depth)
      : this.expression(this.pick([...TYPES, ...NESTED]), depth);
  }

  /** A function whose table tells no types, with what may fit. */
  private special(depth: number): string {
    const name = this.pick([...Object.keys(SPECIAL), ...Object.keys(SYNONYMS)]);
    const count = this.pick([0, 1, 1, 2, 2, 2, 3, 3, 4]);
    const args = Array.from({ length: count }, () => {
      const type = this.pick([
        'varchar',
        'bigint',
        'timestamp',
        'date',
        'double',
        'boolean',
        ...TYPES,
        ...NESTED,
        'lambda',
      ]);
      return type === 'lambda' ? this.lambda(this.pick([1, 2]), 'bigint') : this.expression(type, depth - 1);
    });
    return `${name}(${args.join(', ')})`;
  }

  private lambda(count: number, result: string, types: readonly string[] = ['bigint', 'bigint']): string {
    const names = ['p', 'q', 'r'].slice(0, count);
    const params = names.map((name, index) => [name, types[index] ?? 'bigint'] as const);
    const body = this.over(params, () => this.expression(result, 1));
    return `${count === 1 ? 'p' : `(${names.join(', ')})`} -> ${body}`;
  }

  private call({ name, params }: Signature, depth: number, modifier = ''): string {
    const bound = new Map<string, string>();
    const args = params.flatMap((param) => {
      const isVariadic = param.endsWith('…');
      const pattern = isVariadic ? param.slice(0, -1) : param;
      return Array.from({ length: isVariadic ? this.pick([1, 2, 3]) : 1 }, () => this.argument(pattern, bound, depth));
    });
    return `${name}(${modifier}${args.join(', ')})`;
  }

  private argument(pattern: string, bound: Map<string, string>, depth: number): string {
    const lambda = /^\((.*)\) -> (.*)$/.exec(pattern);
    if (lambda) {
      const types = split(lambda[1]).map((type) => this.bind(type, bound));
      return this.lambda(types.length, this.bind(lambda[2], bound), types);
    }
    return this.expression(this.bind(pattern, bound), depth);
  }

  /** A type without variables. */
  private bind(pattern: string, bound: Map<string, string>): string {
    return pattern.replace(/\b[A-Z]\b/g, (variable) => {
      const known = bound.get(variable) ?? this.pick(VARIABLES[variable] ?? TYPES);
      bound.set(variable, known);
      return known;
    });
  }

  private expression(type: string, depth: number): string {
    const column = this.scope.filter(([, one]) => one === type).map(([name]) => name);
    if (column.length > 0 && this.pick([true, true, false])) {
      return this.pick(column);
    }
    if (depth <= 0 || this.pick([true, false, false])) {
      return this.literal(type, depth);
    }
    const same = () => this.expression(type, depth - 1);
    const other = this.pick([...TYPES, ...NESTED]);
    const of = (one: string) => this.expression(one, depth - 1);
    const makers: (() => string)[] = [
      () => `case when ${of('boolean')} then ${same()} else ${same()} end`,
      () => `case ${of(other)} when ${of(other)} then ${same()} end`,
      () => `${this.pick(['coalesce', 'nullif', 'greatest', 'least', 'ifnull'])}(${same()}, ${same()})`,
      () => `if(${of('boolean')}, ${same()}, ${this.pick(['null', same()])})`,
      () =>
        `${this.pick(['cast', 'try_cast'])}(${of(this.pick([other, 'varchar']))} as ${type.replace('interval day', 'interval day to second').replace('interval year', 'interval year to month')})`,
      () => `try(${same()})`,
      () => `(select ${same()})`,
    ];
    const functions = SCALAR.filter(({ result }) => result === type);
    if (functions.length > 0) {
      makers.push(...Array.from({ length: 8 }, () => () => this.call(this.pick(functions), depth - 1)));
    }
    if (/int|double|real|decimal/.test(type)) {
      makers.push(
        () =>
          `(${same()} ${this.pick(['+', '-', '*', '/', '%', 'div', 'mod'])} ${of(this.pick([type, 'integer', 'double', 'decimal(10, 2)']))})`,
        () => `- ${same()}`,
        () =>
          `extract(${this.pick(['year', 'month', 'day', 'dow', 'week', 'hour', 'quarter', 'timezone_hour', 'nope'])} from ${of(this.pick(['timestamp', 'date', 'interval day', 'time']))})`,
        () => `${of('array(bigint)')}[${this.pick(['1', '0', '-1'])}]`,
      );
    }
    if (/^(date|timestamp|time|interval)/.test(type)) {
      makers.push(
        () => `(${same()} ${this.pick(['+', '-'])} ${of(this.pick(['interval day', 'interval year']))})`,
        () => `(${of('timestamp')} - ${of('timestamp')})`,
        () => `(${same()} * 2)`,
        () => `${of('timestamp')} at time zone ${this.pick(["'UTC'", "'Asia/Tokyo'", "'nope'", "interval '2' hour"])}`,
        () => `date_add(${this.pick(["'day'", "'month'", "'nope'"])}, 1, ${same()})`,
        () => `date_trunc(${this.pick(["'week'", "'quarter'", "'hour'"])}, ${same()})`,
      );
    }
    if (type === 'boolean') {
      makers.push(
        () => `(${of(other)} ${this.pick(['=', '<>', '<', '>=', '!=', '<=>', 'is distinct from'])} ${of(other)})`,
        () => `(${same()} ${this.pick(['and', 'or'])} ${same()})`,
        () => `not ${same()}`,
        () => `${of(other)} is ${this.pick(['', 'not '])}null`,
        () => `${of(other)} ${this.pick(['', 'not '])}between ${of(other)} and ${of(other)}`,
        () => `${of(other)} ${this.pick(['', 'not '])}in (${of(other)}, ${of(other)})`,
        () => `${of('varchar')} ${this.pick(['', 'not '])}like ${of('varchar')}${this.pick(['', " escape '\\\\'"])}`,
        () => `${of('varchar')} ${this.pick(['rlike', 'regexp'])} ${of('varchar')}`,
      );
    }
    if (type === 'varchar') {
      makers.push(
        () => `(${same()} || ${same()})`,
        () => `concat(${same()}, ${of(other)})`,
        () =>
          `${this.pick(['trim', 'substring', 'position', 'substr'])}(${this.pick([`both 'a' from ${same()}`, `${same()} from 2 for 1`, `'a' in ${same()}`, `${same()}, 2`])})`,
      );
    }
    return this.pick(makers)();
  }

  private literal(type: string, depth: number): string {
    if (this.pick([false, false, false, false, true])) {
      return 'null';
    }
    const nested = /^(array|map|row)\((.*)\)$/.exec(type);
    if (!nested) {
      return type in LITERALS ? this.pick(LITERALS[type]) : `cast(null as ${type})`;
    }
    const types = split(nested[2]);
    const one = (index: number) => this.expression(types[index], depth - 1);
    switch (nested[1]) {
      case 'array':
        return `array[${Array.from({ length: this.pick([0, 1, 2, 3]) }, () => one(0)).join(', ')}]`;
      case 'map':
        return this.pick([`map(array[${one(0)}], array[${one(1)}])`, 'map()']);
      default:
        return `row(${types.map((_, index) => one(index)).join(', ')})`;
    }
  }
}

/** A query that makes sense mostly. */
export const sqlQuery: fc.Arbitrary<string> = fc.gen().map((g) => new SqlWriter(g).query());
