/** Values of each type, edges among them. */
const LITERALS: Readonly<Record<string, readonly string[]>> = {
  boolean: ['true', 'false'],
  tinyint: ["tinyint '1'", "tinyint '-128'", "tinyint '127'", "tinyint '0'"],
  smallint: ["smallint '2'", "smallint '-32768'", "smallint '32767'", "smallint '300'"],
  integer: ['0', '1', '-1', '2', '3', '7', '10', '100', '2147483647', "integer '-2147483648'"],
  bigint: [
    "bigint '0'",
    "bigint '1'",
    "bigint '-1'",
    "bigint '5'",
    "bigint '64'",
    "bigint '-300'",
    '9223372036854775807',
    '4294967296',
  ],
  real: ["real '0.1'", "real '1.5'", "real '-2.5'", "real '0'", 'cast(nan() as real)'],
  double: ['0e0', '1e0', '-1.5e0', '0.1e0', '2.5e0', '1e300', '1e-7', '12345678.9e0', '-0e0', 'nan()', 'infinity()'],
  decimal: ['0.0', '1.5', '-0.05', '2.675', '12345.678', '99999999999999999999.99', "decimal '7'", '-10.10', '.5'],
  varchar: [
    "''",
    "'a'",
    "'abc'",
    "'Ab c'",
    "' x '",
    "'aXbXc'",
    "'12'",
    "'-3.5'",
    "'1e3'",
    "'true'",
    "'2020-02-29'",
    "'2020-01-02 03:04:05.678'",
    "'中文é'",
    "'a,b,,c'",
    "'100%'",
    "'a_b'",
    "'k1=v1&k2=v2'",
    "'😀x'",
  ],
  varbinary: ["x''", "x'00ff'", "x'616263'", "to_utf8('é')"],
  date: [
    "date '2020-02-29'",
    "date '2019-12-31'",
    "date '1970-01-01'",
    "date '2000-03-01'",
    "date '1969-07-20'",
    "date '2021-01-31'",
    "date '0001-01-01'",
    "date '9999-12-31'",
  ],
  time: ["time '00:00:00.000'", "time '23:59:59.999'", "time '12:30:00.500'"],
  timestamp: [
    "timestamp '2020-02-29 23:59:59.999'",
    "timestamp '1970-01-01 00:00:00.000'",
    "timestamp '2019-12-31 12:00:00.000'",
    "timestamp '1969-12-31 23:59:59.500'",
    "timestamp '2021-03-28 02:30:00.000'",
    "timestamp '2001-08-22 03:04:05.321'",
  ],
  timestamptz: [
    "timestamp '2020-03-08 01:30:00.000 America/New_York'",
    "timestamp '2001-08-22 03:04:05.321 UTC'",
    "timestamp '2020-01-01 00:00:00.000 +05:30'",
    "timestamp '2020-01-01 00:00:00.000 Asia/Shanghai'",
  ],
  'interval day': [
    "interval '1' day",
    "interval '-36' hour",
    "interval '90' minute",
    "interval '0' second",
    "interval '2 03:04:05.678' day to second",
  ],
  'interval year': ["interval '1' month", "interval '-13' month", "interval '2' year", "interval '1-6' year to month"],
  json: [
    'json \'{"a":[1,{"b":null}],"c":"x","d":1.5}\'',
    'json \'[1,"2",true,null,[]]\'',
    "json 'null'",
    "json '12'",
    'json \'"t"\'',
    "json '{}'",
  ],
};

/** What only stands in certain places. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  dateUnit: ["'day'", "'week'", "'month'", "'quarter'", "'year'"],
  timeUnit: ["'millisecond'", "'second'", "'minute'", "'hour'", "'day'", "'week'", "'month'", "'quarter'", "'year'"],
  truncUnit: ["'second'", "'minute'", "'hour'", "'day'", "'week'", "'month'", "'quarter'", "'year'"],
  clockUnit: ["'second'", "'minute'", "'hour'"],
  dateField: ['year', 'quarter', 'month', 'week', 'day', 'day_of_month', 'day_of_week', 'dow', 'doy', 'yow'],
  timeField: ['hour', 'minute', 'second', 'day', 'month', 'dow'],
  like: ["'%'", "'a%'", "'%b%'", "'_b_'", "''", "'%c'", "'a__'", "'%X%X%'"],
  regex: ["'[a-c]'", "'b+'", "'(.)(b)?'", "'^a'", "'\\d+'", "'x*'", "'(?i)x'", "'\\s'", "'[^a]'", "'a|b'"],
  replacement: ["''", "'-'", "'<$0>'", "'$$'"],
  mysqlFormat: ["'%Y-%m-%d'", "'%H:%i:%s'", "'%Y%m%d %T'", "'%a %b %e'", "'%W %M %y'", "'%x-%v'", "'%j %p %h %f'"],
  jodaFormat: ["'yyyy-MM-dd'", "'HH:mm:ss.SSS'", "'yyyyMMdd'", "'EEE, d MMM yyyy'", "'xxxx-ww e'", "'D hh a'"],
  path: ["'$.a'", "'$.a[0]'", "'$.c'", "'$'", "'$.a[1].b'", "'$[2]'", "'$.x'", '\'$["c"]\''],
  small: ['0', '1', '2', '3', '5', '-1', '-2'],
  length: ['0', '1', '2', '3', '6'],
  base: ['2', '8', '16', '36'],
  delimiter: ["','", "'X'", "' '", "'b'", "'--'"],
  zone: ["'UTC'", "'America/New_York'", "'Asia/Tokyo'", "'+05:30'", "'Europe/London'"],
  compare: ['=', '<>', '<', '<=', '>', '>='],
  equality: ['=', '<>', 'is distinct from', 'is not distinct from'],
  plus: ['+', '-'],
  arithmetic: ['+', '-', '*'],
  division: ['/', '%'],
  not: ['', 'not '],
};

/** Types of columns. */
const SCALARS = [
  'boolean',
  'integer',
  'bigint',
  'double',
  'decimal',
  'varchar',
  'date',
  'timestamp',
  'real',
  'smallint',
  'time',
  'varbinary',
  'interval day',
  'json',
  'tinyint',
];
const NESTED = [
  'array(bigint)',
  'array(varchar)',
  'array(double)',
  'array(date)',
  'map(varchar,bigint)',
  'map(bigint,varchar)',
  'row(bigint,varchar)',
  'array(row(bigint,varchar))',
  'array(array(bigint))',
];
/** Those that look the same in both answers. */
const WINDOW_TYPES = [...SCALARS.filter((type) => !/double|real|varbinary|interval|json/.test(type)), 'array(bigint)'];
/** What `{N}` and the like may be, the same throughout a template. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  I: ['integer', 'bigint', 'smallint', 'tinyint'],
  N: ['integer', 'bigint', 'double', 'decimal', 'real', 'smallint'],
  M: ['integer', 'bigint', 'double', 'decimal', 'real', 'tinyint'],
  O: [
    'integer',
    'bigint',
    'double',
    'decimal',
    'varchar',
    'date',
    'timestamp',
    'boolean',
    'varbinary',
    'time',
    'timestamptz',
    'interval day',
    'interval year',
    'array(bigint)',
    'row(bigint,varchar)',
  ],
  E: ['bigint', 'varchar', 'double', 'date', 'array(bigint)', 'row(bigint,varchar)', 'map(varchar,bigint)'],
  T: [...SCALARS, ...NESTED],
  S: ['bigint', 'varchar', 'double', 'date', 'boolean'],
  C: ['varchar', 'date', 'timestamp', 'decimal', 'boolean', 'time'],
  K: ['bigint', 'varchar'],
  V: ['bigint', 'varchar'],
};

/**
 * Expressions by the type that they have: `{type}` is another one of that type, `{type|x:type}` one in which a lambda's
 * parameter is known, `{@word}` one of WORDS.
 */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  any: [
    'case when {boolean} then {R} else {R} end',
    'case {S} when {S} then {R} when {S} then {R} end',
    'coalesce({R}, {R})',
    'if({boolean}, {R}, {R})',
    'if({boolean}, {R})',
    'try({R})',
    'nullif({R}, {R})',
    'element_at(array[{R}, {R}], {@small})',
    'array[{R}, {R}][{@small}]',
    '(select {R})',
    'reduce(array[{R}, {R}], {R}, (s, x) -> coalesce(x, s), s -> s)',
  ],
  ordered: ['greatest({R}, {R})', 'least({R}, {R}, {R})', 'array_max(array[{R}, {R}])', 'array_min(array[{R}, {R}])'],
  boolean: [
    '({N} {@compare} {M})',
    '({O} {@compare} {O})',
    '({E} {@equality} {E})',
    '({boolean} and {boolean})',
    '({boolean} or {boolean})',
    '(not {boolean})',
    '({T} is {@not}null)',
    '({O} {@not}between {O} and {O})',
    '({S} {@not}in ({S}, {S}))',
    '({S} {@not}in ({S}, null))',
    '({varchar} {@not}like {@like})',
    "({varchar} like {@like} escape '#')",
    'regexp_like({varchar}, {@regex})',
    'contains({array(K)}, {K})',
    'starts_with({varchar}, {varchar})',
    'is_nan({double})',
    'is_finite({double})',
    'is_infinite({double})',
    'any_match({array(K)}, x -> {boolean|x:K})',
    'all_match({array(K)}, x -> {boolean|x:K})',
    'none_match({array(K)}, x -> {boolean|x:K})',
    'arrays_overlap({array(K)}, {array(K)})',
    'json_array_contains({json}, {bigint})',
    'is_json_scalar({json})',
    'cast({varchar} as boolean)',
    'try_cast({varchar} as boolean)',
    'cast({N} as boolean)',
    '({R} = any (select {R}))',
    '({bigint} < all (values 1, 2, 3))',
    'exists (select 1 where {boolean})',
    '({N} {@not}between {M} and {N})',
    '({N} {@not}in ({M}, {N}, null))',
    '(({S}, {C}) {@equality} ({S}, {C}))',
    '({boolean} = {boolean})',
    '({boolean} {@equality} {boolean})',
    "regexp_like({varchar}, '^[^,]*,')",
    "({varchar} {@not}like 'a#%%' escape '#')",
    '({date} {@compare} {timestamp})',
    '({timestamp} {@compare} {timestamptz})',
    '({date} {@not}between {date} and {timestamp})',
    'contains_sequence({array(bigint)}, {array(bigint)})',
    'contains(map_keys({map(K,V)}), {K})',
    'json_array_contains({json}, {varchar})',
    'json_array_contains({json}, {boolean})',
    '(json_extract_scalar({json}, {@path}) = {varchar})',
    '({integer} {@compare} all (select {bigint}))',
    '({S} {@not}in (select {S}))',
    'coalesce({boolean}, {boolean})',
    'cardinality({array(T)}) {@compare} {integer}',
  ],
  tinyint: [
    'cast({N} as tinyint)',
    '({tinyint} {@arithmetic} {tinyint})',
    'abs({tinyint})',
    'try_cast({varchar} as tinyint)',
    '(- {tinyint})',
  ],
  smallint: [
    'cast({N} as smallint)',
    '({smallint} {@arithmetic} {smallint})',
    '({smallint} {@division} {tinyint})',
    'abs({smallint})',
    'try_cast({varchar} as smallint)',
  ],
  integer: [
    '({integer} {@arithmetic} {integer})',
    '({integer} {@division} {integer})',
    'mod({integer}, {integer})',
    'abs({integer})',
    'sign({integer})',
    '(- {integer})',
    'cast({N} as integer)',
    'try_cast({varchar} as integer)',
    'cast({boolean} as integer)',
    'round({integer}, {@small})',
    'codepoint(cast({varchar} as varchar(1)))',
  ],
  bigint: [
    '({bigint} {@arithmetic} {integer})',
    '({bigint} {@division} {bigint})',
    'mod({bigint}, {integer})',
    'abs({bigint})',
    'length({varchar})',
    'strpos({varchar}, {varchar})',
    'strpos({varchar}, {varchar}, {@small})',
    'cardinality({array(T)})',
    'cardinality({map(K,V)})',
    'cast({N} as bigint)',
    'try_cast({varchar} as bigint)',
    'date_diff({@dateUnit}, {date}, {date})',
    'date_diff({@timeUnit}, {timestamp}, {timestamp})',
    'extract({@dateField} from {date})',
    'extract({@timeField} from {timestamp})',
    'year({timestamp})',
    'week({date})',
    'day_of_year({date})',
    'year_of_week({date})',
    'millisecond({timestamp})',
    'hour({time})',
    'day({interval day})',
    'month({interval year})',
    'minute({interval day})',
    'bitwise_and({bigint}, {integer})',
    'bitwise_or({bigint}, {bigint})',
    'bitwise_xor({bigint}, {bigint})',
    'bitwise_not({bigint})',
    'bit_count({bigint}, {@base})',
    'bitwise_left_shift({bigint}, {@length})',
    'bitwise_right_shift({integer}, {@length})',
    'from_base({varchar}, {@base})',
    'from_base(to_base({bigint}, {@base}), {@base})',
    'bitwise_right_shift_arithmetic({bigint}, {@length})',
    'bitwise_left_shift({integer}, {@length})',
    'from_big_endian_64(to_big_endian_64({bigint}))',
    'extract(quarter from {timestamp})',
    'extract(week from {date})',
    'extract(year_of_week from {timestamp})',
    'second({timestamp})',
    'second({interval day})',
    'year({interval year})',
    'timezone_hour({timestamptz})',
    'timezone_minute({timestamptz})',
    'hour({timestamptz})',
    'date_diff({@timeUnit}, {timestamptz}, {timestamptz})',
    'date_diff({@clockUnit}, {time}, {time})',
    "url_extract_port('http://h.example:8080/' || {varchar})",
    'json_array_length({varchar})',
    'cast(json_extract_scalar({json}, {@path}) as bigint)',
    'cast(cast({bigint} as json) as bigint)',
    'try(cast({varchar} as bigint))',
    'try({bigint} / {integer})',
    'coalesce(try_cast({varchar} as bigint), {bigint})',
    'cardinality(filter({array(K)}, x -> x is not null))',
    'cardinality(split({varchar}, {@delimiter}))',
    'array_max({array(bigint)})',
    'array_min({array(bigint)})',
    'length(lpad({varchar}, {@length}, {varchar}))',
    'if({boolean}, {bigint}, {integer})',
    'case {integer} when 1 then {bigint} when 2 then {integer} else -1 end',
    'date_diff({@timeUnit}, {date}, {timestamp})',
    'levenshtein_distance({varchar}, {varchar})',
    'hamming_distance({varchar}, {varchar})',
    'json_array_length({json})',
    'json_size({json}, {@path})',
    'cast({json} as bigint)',
    'array_position({array(K)}, {K})',
    'length({varbinary})',
    'crc32({varbinary})',
    'width_bucket({double}, {double}, {double}, {@length})',
    'width_bucket({double}, array[0e0, 2e0, 4e0])',
    'round({bigint}, {@small})',
    'sign({bigint})',
    'ceil({bigint})',
    'reduce({array(bigint)}, 0, (s, x) -> s + x, s -> s)',
    'reduce({array(bigint)}, {bigint}, (s, x) -> {bigint|s:bigint;x:bigint}, s -> {bigint|s:bigint})',
    'regexp_count({varchar}, {@regex})',
    'regexp_position({varchar}, {@regex})',
    'element_at({array(bigint)}, {@small})',
    '{array(bigint)}[{@small}]',
    'element_at({map(varchar,bigint)}, {varchar})',
    '{map(varchar,bigint)}[{varchar}]',
    '{row(bigint,varchar)}[1]',
  ],
  real: [
    '({real} {@arithmetic} {real})',
    'cast({N} as real)',
    'abs({real})',
    'round({real})',
    'floor({real})',
    '(- {real})',
    'try_cast({varchar} as real)',
  ],
  double: [
    '({double} {@arithmetic} {N})',
    '({double} {@division} {N})',
    '({real} * {double})',
    'abs({double})',
    'sqrt({double})',
    'cbrt({double})',
    'round({double})',
    'round({double}, {@small})',
    'truncate({double})',
    'floor({double})',
    'ceil({double})',
    'sign({double})',
    'exp({double})',
    'ln({double})',
    'log2({double})',
    'log10({bigint})',
    'power({N}, {integer})',
    'mod({double}, {integer})',
    'cast({N} as double)',
    'try_cast({varchar} as double)',
    'to_unixtime({timestamp})',
    'radians({double})',
    'degrees({double})',
    'atan2({double}, {double})',
    'sin({double})',
    'tanh({double})',
    'cast({json} as double)',
    'infinity()',
    'acos({double})',
    'asin({double})',
    'atan({double})',
    'cos({double})',
    'tan({double})',
    'sinh({real})',
    'log({double}, {double})',
    'pow({double}, {double})',
    'truncate({double})',
    'e()',
    'normal_cdf(0, 1, {double})',
    'from_ieee754_64(to_ieee754_64({double}))',
    '({double} / {double})',
    '({N} * {double})',
    'nullif({double}, {N})',
  ],
  decimal: [
    '({decimal} {@arithmetic} {decimal})',
    '({decimal} {@arithmetic} {integer})',
    '({decimal} {@division} {decimal})',
    '({bigint} / {decimal})',
    '(- {decimal})',
    'abs({decimal})',
    'round({decimal})',
    'round({decimal}, {@small})',
    'truncate({decimal})',
    'truncate({decimal}, {@small})',
    'floor({decimal})',
    'ceil({decimal})',
    'sign({decimal})',
    'mod({decimal}, {decimal})',
    'cast({N} as decimal(12, 3))',
    'cast({decimal} as decimal(5, 1))',
    'try_cast({varchar} as decimal(10, 2))',
    'cast({json} as decimal(6, 2))',
    '({decimal} * {decimal})',
    '({decimal} / {integer})',
    '({decimal} % {integer})',
    '({I} / {decimal})',
    '({decimal} + {I})',
    'cast({double} as decimal(20, 5))',
    'cast({varchar} as decimal(8, 3))',
    'coalesce({decimal}, {I})',
    'if({boolean}, {decimal}, {integer})',
    'greatest({decimal}, {integer})',
    'array[{decimal}, {integer}][{@small}]',
  ],
  varchar: [
    '({varchar} || {varchar})',
    'concat({varchar}, {varchar}, {varchar})',
    "concat_ws('-', {varchar}, {varchar})",
    'upper({varchar})',
    'lower({varchar})',
    'trim({varchar})',
    "ltrim({varchar}, 'a')",
    'rtrim({varchar})',
    "trim(both 'a' from {varchar})",
    'reverse({varchar})',
    'replace({varchar}, {varchar})',
    'replace({varchar}, {varchar}, {varchar})',
    'substr({varchar}, {@small})',
    'substr({varchar}, {@small}, {@length})',
    'substring({varchar} from {@small} for {@length})',
    'lpad({varchar}, {@length}, {varchar})',
    'rpad({varchar}, {@length}, {varchar})',
    'split_part({varchar}, {@delimiter}, {@small})',
    'regexp_extract({varchar}, {@regex})',
    "regexp_extract({varchar}, '(.)(b)?', {@length})",
    'regexp_replace({varchar}, {@regex})',
    'regexp_replace({varchar}, {@regex}, {@replacement})',
    'cast({O} as varchar)',
    'cast({json} as varchar)',
    'cast({varchar} as varchar(2))',
    'try_cast({integer} as varchar(2))',
    'date_format({timestamp}, {@mysqlFormat})',
    'date_format({date}, {@mysqlFormat})',
    'format_datetime({timestamp}, {@jodaFormat})',
    'to_iso8601({date})',
    'to_iso8601({timestamp})',
    'array_join({array(S)}, {@delimiter})',
    "array_join({array(S)}, {@delimiter}, 'NULL')",
    'json_format({json})',
    'json_extract_scalar({json}, {@path})',
    'json_extract_scalar({varchar}, {@path})',
    'url_encode({varchar})',
    'url_decode({varchar})',
    "url_extract_host('http://h.example:8/p?q=' || {varchar})",
    "url_extract_parameter('http://h/p?' || {varchar}, 'k1')",
    'to_hex({varbinary})',
    'to_base64({varbinary})',
    'from_utf8({varbinary})',
    'to_hex(md5({varbinary}))',
    'to_base({bigint}, {@base})',
    'translate({varchar}, {varchar}, {varchar})',
    'chr({@length} + 65)',
    'typeof({N} {@arithmetic} {M})',
    'typeof({decimal})',
    'typeof({I} {@division} {decimal})',
    "format('%s', {S})",
    "format('%5d|%-5d|%05d|%,d', {bigint}, {integer}, {integer}, {bigint})",
    "format('%.2f|%10.1f', {double}, {decimal})",
    'normalize({varchar})',
    'soundex({varchar})',
    'human_readable_seconds({double})',
    'element_at({map(bigint,varchar)}, {bigint})',
    '{row(bigint,varchar)}[2]',
    'element_at(split({varchar}, {@delimiter}), {@small})',
    'cast(cast({varchar} as char(4)) as varchar)',
    'json_format(cast({array(S)} as json))',
    'json_format(json_extract({varchar}, {@path}))',
    'to_base64url({varbinary})',
    'to_hex(sha1({varbinary}))',
    'to_hex(hmac_sha256({varbinary}, {varbinary}))',
    'to_hex(xxhash64({varbinary}))',
    "url_extract_path('http://h.example:8/p/' || {varchar})",
    "url_extract_query('http://h/p?' || {varchar} || '#f')",
    "url_extract_fragment('http://h/p#' || {varchar})",
    "url_extract_protocol({varchar} || '://h/')",
    'split({varchar}, {@delimiter})[1]',
    "array_join(regexp_extract_all({varchar}, '(.)(.)', 2), '|')",
    "regexp_replace({varchar}, '(.)(b)?', '$2$1')",
    "split_part({varchar}, '', 2)",
    "format('%s|%s', {S}, {C})",
    "format('%x|%+d|%e', {bigint}, {integer}, {double})",
    'case when {varchar} {@compare} {varchar} then {varchar} end',
    "date_format({timestamptz} at time zone 'UTC', {@mysqlFormat})",
    "to_iso8601({timestamptz} at time zone 'UTC')",
    'concat({varchar}, cast({C} as varchar))',
    'cast({interval day} as varchar)',
    'cast({date} as varchar)',
    'cast({N} as varchar)',
  ],
  varbinary: [
    '({varbinary} || {varbinary})',
    'to_utf8({varchar})',
    'from_hex(to_hex({varbinary}))',
    'substr({varbinary}, {@small})',
    'reverse({varbinary})',
    'sha256({varbinary})',
    'cast({varchar} as varbinary)',
    'to_big_endian_64({bigint})',
    'lpad({varbinary}, {@length}, {varbinary})',
  ],
  date: [
    'date_add({@dateUnit}, {@small}, {date})',
    'date_trunc({@dateUnit}, {date})',
    "({date} {@plus} interval '1' month)",
    "({date} {@plus} interval '3' day)",
    '({date} {@plus} {interval year})',
    'cast({timestamp} as date)',
    'date({timestamp})',
    'try_cast({varchar} as date)',
    'last_day_of_month({date})',
    'from_iso8601_date(to_iso8601({date}))',
    "date(date_parse(cast({date} as varchar), '%Y-%m-%d'))",
  ],
  time: [
    'cast({timestamp} as time)',
    '({time} {@plus} {interval day})',
    'date_add({@clockUnit}, {integer}, {time})',
    'date_trunc({@clockUnit}, {time})',
    'try_cast({varchar} as time)',
  ],
  timestamp: [
    'date_add({@timeUnit}, {@small}, {timestamp})',
    'date_trunc({@truncUnit}, {timestamp})',
    '({timestamp} {@plus} {interval day})',
    '({timestamp} {@plus} {interval year})',
    'cast({date} as timestamp)',
    'try_cast({varchar} as timestamp)',
    'cast({timestamptz} as timestamp)',
    "date_parse({varchar}, '%Y-%m-%d')",
    "date_parse(date_format({timestamp}, '%d/%b/%y %T'), '%d/%b/%y %T')",
    'cast(cast({timestamp} as varchar) as timestamp)',
    'cast(from_unixtime(to_unixtime({timestamp})) as timestamp)',
    "date_parse(date_format({timestamp}, '%Y-%m-%d %H:%i'), '%Y-%m-%d %H:%i')",
  ],
  timestamptz: [
    'at_timezone({timestamptz}, {@zone})',
    '({timestamptz} at time zone {@zone})',
    'with_timezone({timestamp}, {@zone})',
    '({timestamptz} {@plus} {interval day})',
    'date_trunc({@truncUnit}, {timestamptz})',
    'date_add({@timeUnit}, {@small}, {timestamptz})',
    'from_unixtime({integer})',
    'from_unixtime({integer}, {@zone})',
    "parse_datetime(date_format({timestamp}, '%Y-%m-%d %H'), 'yyyy-MM-dd HH')",
    'from_iso8601_timestamp(to_iso8601({timestamp}))',
  ],
  'interval day': [
    '({timestamp} - {timestamp})',
    '({interval day} {@plus} {interval day})',
    '({interval day} * {@small})',
    '(- {interval day})',
    '({interval day} / 2)',
    '({date} - {date})',
    "parse_duration('90m')",
    "to_milliseconds({interval day}) * interval '1' second",
  ],
  'interval year': ['({interval year} {@plus} {interval year})', '({interval year} * {@small})', '(- {interval year})'],
  json: [
    'json_extract(cast({array(S)} as json), {@path})',
    'cast({map(bigint,varchar)} as json)',
    'cast({C} as json)',
    'json_extract({varchar}, {@path})',
    'json_parse({varchar})',
    'json_extract({json}, {@path})',
    'cast({array(bigint)} as json)',
    'cast({map(varchar,bigint)} as json)',
    'cast({S} as json)',
    'json_array_get({json}, {@small})',
    'try(json_parse({varchar}))',
    'cast({N} as json)',
  ],
  array: [
    'array[{E}, {E}]',
    'array_distinct({R})',
    'array_sort({R})',
    'reverse({R})',
    'slice({R}, {@small}, {@length})',
    '({R} || {R})',
    '({R} || {E})',
    '({E} || {R})',
    'filter({R}, x -> {boolean|x:E})',
    'transform({R}, x -> {E|x:E})',
    'transform({array(S)}, x -> {E|x:S})',
    'zip_with({R}, {array(S)}, (x, y) -> {E|x:E;y:S})',
    'concat({R}, {R})',
    'trim_array({R}, {@length})',
    'array_union({R}, {R})',
    'array_intersect({R}, {R})',
    'array_except({R}, {R})',
    'array_remove({R}, {E})',
    'flatten(array[{R}, {R}])',
    'array_sort({R}, (x, y) -> if(x is null, 1, if(y is null, -1, if(x < y, 1, if(x = y, 0, -1)))))',
  ],
  'array(varchar)': [
    'split({varchar}, {@delimiter})',
    'split({varchar}, {@delimiter}, {@length})',
    'regexp_extract_all({varchar}, {@regex})',
    'regexp_split({varchar}, {@regex})',
    'map_keys({map(varchar,bigint)})',
    'map_values({map(bigint,varchar)})',
    'ngrams({array(varchar)}, {@length})[1]',
  ],
  'array(bigint)': [
    'sequence({@small}, {@length})',
    'sequence(5, {@small}, -2)',
    'map_values({map(varchar,bigint)})',
    'map_keys({map(bigint,varchar)})',
    'cast({json} as array(bigint))',
    'cast(cast({array(bigint)} as json) as array(bigint))',
    'sequence({bigint}, {integer})',
    'transform(split({varchar}, {@delimiter}), x -> length(x))',
    'transform({array(array(bigint))}, x -> cardinality(x))',
    'transform({array(row(bigint,varchar))}, x -> x[1])',
    'flatten({array(array(bigint))})',
    'cast({array(varchar)} as array(bigint))',
  ],
  'array(date)': [
    "sequence({date}, {date}, interval '1' month)",
    "sequence(date '2020-01-30', date '2020-05-01', interval '1' month)",
  ],
  'array(row(bigint,varchar))': ['zip({array(bigint)}, {array(varchar)})', 'map_entries({map(bigint,varchar)})'],
  'array(array(bigint))': ['combinations({array(bigint)}, 2)'],
  map: [
    'map({array(K)}, {array(V)})',
    'map_filter({R}, (x, y) -> {boolean|x:K;y:V})',
    'transform_values({R}, (x, y) -> {V|x:K;y:V})',
    'transform_keys({R}, (x, y) -> {K|x:K;y:V})',
    'map_concat({R}, {R})',
    'map_zip_with({R}, {R}, (x, y, z) -> {V|x:K;y:V;z:V})',
    'map_from_entries(array[row({K}, {V}), row({K}, {V})])',
  ],
  'map(varchar,bigint)': [
    'cast({json} as map(varchar, bigint))',
    'cast(cast({map(varchar,bigint)} as json) as map(varchar, bigint))',
    "transform_values(split_to_map('a=1,b=2', ',', '='), (x, y) -> cast(y as bigint))",
  ],
  row: ['row({A}, {B})', 'cast(row({A}, {B}) as row(x bigint, y varchar))'],
};

/** Aggregates; `{id}` makes an order that nothing else has a part in. */
const AGGREGATES = [
  'count(*)',
  'count({T})',
  'count(distinct {E})',
  'sum({N})',
  'sum(distinct {I})',
  'avg({N})',
  'min({O})',
  'max({O})',
  'min({S}, 2)',
  'max({bigint}, 2)',
  'bool_and({boolean})',
  'bool_or({boolean})',
  'every({boolean})',
  'count_if({boolean})',
  'array_agg({T} order by id)',
  'array_agg({S} order by {S} desc, id)',
  'array_sort(array_agg(distinct {I}))',
  'max_by({T}, id)',
  'min_by({T}, id)',
  'max_by({bigint}, id, 2)',
  'array_sort(map_keys(histogram({S})))',
  'stddev({double})',
  'variance({integer})',
  'stddev_pop({integer})',
  'var_pop({decimal})',
  'covar_samp({double}, {double})',
  'corr({integer}, {double})',
  'regr_slope({integer}, {integer})',
  'regr_intercept({double}, {integer})',
  'skewness({integer})',
  'kurtosis({integer})',
  'geometric_mean({integer})',
  'bitwise_and_agg({bigint})',
  'bitwise_or_agg({integer})',
  'approx_distinct({S})',
  'approx_percentile({integer}, 0.5)',
  "listagg({varchar}, ',') within group (order by id)",
  'map_agg({K}, {V})',
  'cardinality(multimap_agg({K}, {V}))',
  'cardinality(map_union({map(K,V)}))',
  'reduce_agg({bigint}, 0, (x, y) -> x + y, (x, y) -> x + y)',
  'sum({N}) filter (where {boolean})',
  'count(*) filter (where {boolean})',
  'max({N}) - min({N})',
  'coalesce(sum({N}), 0)',
  'sum(case when {boolean} then {N} else 0 end)',
  'count(case when {boolean} then 1 end)',
  'sum({N}) / count(*)',
  'avg({N}) filter (where {boolean})',
  'count(distinct {S}) filter (where {boolean})',
  'stddev_samp({N})',
  'var_samp({double})',
  'covar_pop({integer}, {double})',
  'array_agg({S} order by id) filter (where {boolean})',
  'approx_percentile({double}, array[0.1, 0.5, 0.9])',
  'approx_percentile({bigint}, id, 0.5)',
  'min_by({S}, {O})',
  'max_by({S}, id, 3)',
  'min({C}, 2)',
  'map_agg(id, {V})',
  'max(length({varchar}))',
  'sum(cast({boolean} as integer))',
  'max({date}) - min({date})',
  "array_join(array_agg({S} order by id), ',', '-')",
  'transform(array_agg({bigint} order by id), x -> x + 1)',
  "reduce(array_agg(id order by id), bigint '0', (s, x) -> s * 2 + x, s -> s)",
  'arbitrary(id) > 0',
];

const WINDOWS = [
  'row_number()',
  'rank()',
  'dense_rank()',
  'percent_rank()',
  'cume_dist()',
  'ntile({@length})',
  'lag({R})',
  'lead({R}, {@length})',
  'lag({R}, {@length}, {R})',
  'first_value({R})',
  'last_value({R})',
  'nth_value({R}, {@length})',
  'sum({I})',
  'avg({I})',
  'sum({decimal})',
  'count({T})',
  'count(*)',
  'min({I})',
  'max({C})',
  'array_agg({S})',
  'max_by({C}, id)',
  'bool_or({boolean})',
  'stddev({integer})',
  'approx_distinct({S})',
  'count_if({boolean})',
];

const FRAMES = [
  '',
  '',
  ' rows between 1 preceding and current row',
  ' rows between unbounded preceding and unbounded following',
  ' rows between 1 following and 2 following',
  ' rows 2 preceding',
  ' range between unbounded preceding and current row',
  ' range between current row and unbounded following',
  ' groups between 1 preceding and 1 following',
];

type Columns = readonly (readonly [name: string, type: string])[];

/** SELECTs that an engine of Presto's family and the local DLA should answer alike: typed mostly, with NULLs and edges. */
export class RandomQuestions {
  private state: number;
  private scope: Columns = [];
  /** In VALUES of sets, where Trino takes none, and in lambdas. */
  private takesNoQueries = false;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  public next(): string {
    const kinds: (() => string)[] = [
      () => this.scalars(),
      () => this.scalars(),
      () => this.scalars(),
      () => this.rows(),
      () => this.rows(),
      () => this.groups(),
      () => this.groups(),
      () => this.windows(),
      () => this.join(),
      () => this.set(),
      () => this.subquery(),
      () => this.unnest(),
      () => this.nested(),
      () => this.ctes(),
      () => this.report(),
      () => this.ranges(),
      () => this.lateral(),
    ];
    return this.pick(kinds)();
  }

  private scalars(): string {
    return `select ${this.list(() => this.shown(this.anyType(), 3), 1, 2)}`;
  }

  /** Expressions over a few rows. */
  private rows(): string {
    const { sql, columns } = this.table('t');
    return this.within(columns, () => {
      const where = this.chance(0.4) ? ` where ${this.expression('boolean', 2)}` : '';
      return `select id, ${this.list(() => this.shown(this.anyType(), 2), 1, 2)} from ${sql}${where} order by 1${this.limit()}`;
    });
  }

  private groups(): string {
    const { sql, columns } = this.table('t');
    return this.within(columns, () => {
      const keys = this.keys(columns, this.chance(0.5) ? 2 : 1);
      const names = keys.join(', ');
      const outputs = keys.map((key) => this.output(key, columns.find(([name]) => name === key)![1])).join(', ');
      const where = this.chance(0.3) ? ` where ${this.expression('boolean', 1)}` : '';
      const aggregates = this.list(() => this.aggregate(), 1, 2);
      const [first] = keys;
      const [shape, shown] = this.pick<[string, string]>([
        ['', ''],
        [` group by ${names}`, `${outputs}, `],
        [` group by ${names}`, `${outputs}, `],
        [` group by ${keys.map((_, at) => at + 1).join(', ')}`, `${names}, `],
        [` group by rollup (${names})`, `grouping(${names}), ${outputs}, `],
        [` group by cube (${names})`, `grouping(${names}), ${outputs}, `],
        [` group by grouping sets ((${names}), (${first}), ())`, `grouping(${names}), ${outputs}, `],
      ]);
      const having =
        shape !== '' && this.chance(0.25)
          ? ` having ${this.pick(['count(*) > 1', 'min(id) < 3', 'count(*) = 1 or max(id) > 2'])}`
          : '';
      const order =
        shown === ''
          ? ''
          : ` order by ${Array.from({ length: keys.length + (shown.startsWith('grouping') ? 1 : 0) }, (_, at) => at + 1).join(', ')}`;
      return `select ${shown}${aggregates} from ${sql}${where}${shape}${having}${order}`;
    });
  }

  private windows(): string {
    const { sql, columns } = this.table('t');
    return this.within(columns, () => {
      const [key] = this.keys(columns, 1);
      const call = (): string => {
        const name = this.fill(this.pick(WINDOWS), this.pick(WINDOW_TYPES), 1);
        const partition = this.chance(0.5) ? `partition by ${key} ` : '';
        const isByOffset = /^(lag|lead|row_number|rank|dense_rank|percent_rank|cume_dist|ntile)/.test(name);
        const isUnique = /^(array_agg|first|last|nth|row_number|ntile|lag|lead)/.test(name);
        const by = this.chance(0.5) && !isUnique ? this.keys(columns, 1)[0] : 'id';
        const order = `order by ${by}${this.pick(['', ' desc', ' nulls first', ' desc nulls last'])}`;
        return `${name} over (${partition}${order}${isByOffset ? '' : this.pick(FRAMES)})`;
      };
      return `select id, ${this.list(call, 1, 2)} from ${sql} order by 1`;
    });
  }

  private join(): string {
    const [left, right] = [this.table('t'), this.table('u')];
    const kind = this.pick([
      'join',
      'left join',
      'right join',
      'full join',
      'full outer join',
      'cross join',
      'inner join',
    ]);
    if (kind === 'cross join' && this.chance(0.5)) {
      return `select t.id, u.id from ${left.sql}, ${right.sql} where t.id ${this.pick(['=', '<', '<>'])} u.id order by 1, 2`;
    }
    if (kind === 'cross join') {
      return `select count(*), max(t.id), min(u.id) from ${left.sql} cross join ${right.sql}`;
    }
    const shared = left.columns.filter(
      ([name, type]) =>
        isKey(type) && type !== 'double' && right.columns.some((one) => one[0] === name && one[1] === type),
    );
    if (this.chance(0.4)) {
      const [using] = this.pick([...shared.filter(([name]) => name !== 'id'), ['id', 'bigint'] as const]);
      return `select ${using}, count(*) from ${left.sql} ${kind} ${right.sql} using (${using}) group by 1 order by 1`;
    }
    const both: Columns = [
      ...left.columns.map(([name, type]) => [`t.${name}`, type] as const),
      ...right.columns.map(([name, type]) => [`u.${name}`, type] as const),
    ];
    const [key] = this.pick(shared);
    const outer = kind !== 'join' && kind !== 'inner join';
    const more = this.within(both, () =>
      this.chance(outer ? 0.25 : 0.5) ? ` and ${this.expression('boolean', 1)}` : '',
    );
    const shown = this.within(both, () => this.shown(this.anyType(), 1));
    return `select t.id, u.id, ${shown} from ${left.sql} ${kind} ${right.sql} on t.${key} = u.${key}${more} order by 1, 2`;
  }

  private set(): string {
    const types = [this.pick(VARIABLES.O), this.pick(VARIABLES.S)];
    const side = (): string => {
      this.takesNoQueries = true;
      const rows = this.list(() => `(${types.map((type) => this.expression(type, 1)).join(', ')})`, 1, 3);
      this.takesNoQueries = false;
      return this.chance(0.3)
        ? `select ${types.map((type) => this.expression(type, 1)).join(', ')}`
        : `select * from (values ${rows}) t(a, b)`;
    };
    const op = (): string =>
      this.pick(['union', 'union all', 'intersect', 'except', 'union distinct', 'intersect all', 'except all']);
    const more = this.chance(0.3) ? ` ${op()} ${side()}` : '';
    const inner = `${side()} ${op()} ${side()}${more}`;
    return `select ${this.output('a', types[0])}, ${this.output('b', types[1])} from (${inner}) x(a, b) order by a, b${this.limit()}`;
  }

  private subquery(): string {
    const [outer, inner] = [this.table('t'), this.table('u')];
    const [key, type] = this.pick(outer.columns.filter((column) => isKey(column[1])));
    const same = inner.columns.filter((column) => column[1] === type);
    const other =
      same.length > 0
        ? `u.${this.pick(same)[0]}`
        : this.within(
            inner.columns.map(([name, one]) => [`u.${name}`, one]),
            () => this.expression(type, 0),
          );
    const filter = this.pick([
      '',
      ' where u.id > 1',
      ` where u.id = t.id`,
      ` where u.id < t.id`,
      ' where u.id <> t.id and u.id < 4',
    ]);
    const correlated = filter.includes('t.') || this.chance(0.5) ? filter : ` where u.id = t.id`;
    const condition = this.pick([
      `t.${key} in (select ${other} from ${inner.sql}${filter.includes('t.') ? '' : filter})`,
      `t.${key} not in (select ${other} from ${inner.sql}${filter.includes('t.') ? '' : filter})`,
      `exists (select 1 from ${inner.sql}${correlated})`,
      `not exists (select 1 from ${inner.sql}${correlated})`,
      `t.id = (select max(u.id) from ${inner.sql}${filter})`,
      `(select count(*) from ${inner.sql}${correlated}) > 1`,
      `t.${key} ${this.pick(WORDS.compare)} ${this.pick(['any', 'all', 'some'])} (select ${other} from ${inner.sql})`,
      `(t.id, t.${key}) in (select u.id, ${other} from ${inner.sql})`,
    ]);
    if (this.chance(0.5)) {
      return `select t.id from ${outer.sql} where ${this.pick(['', 'not '])}${condition} order by 1`;
    }
    const value = this.pick([
      `(select max(${other}) from ${inner.sql}${filter})`,
      `(select count(*) from ${inner.sql}${correlated})`,
      `(select sum(u.id) from ${inner.sql}${correlated})`,
      condition,
    ]);
    return `select t.id, ${this.output(value, value.startsWith('(select max') ? type : 'bigint')} from ${outer.sql} order by 1`;
  }

  private unnest(): string {
    const type = this.pick(NESTED.filter((one) => !/^row|double/.test(one)));
    const columns = type.startsWith('map') || type.includes('row') ? 2 : 1;
    // The entries of a map have no order that would bring them together with others.
    const more = this.chance(0.3) && !type.startsWith('map') ? `, ${this.expression('array(bigint)', 1)}` : '';
    const ordinality = this.chance(0.5) ? ' with ordinality' : '';
    const count = columns + (more ? 1 : 0) + (ordinality ? 1 : 0);
    const names = ['a', 'b', 'c', 'd'].slice(0, count).join(', ');
    const places = (from: number): string => Array.from({ length: count }, (_, at) => from + at).join(', ');
    if (this.chance(0.5)) {
      return `select * from unnest(${this.expression(type, 1)}${more})${ordinality} x(${names})${ordinality ? ` order by ${count}` : ` order by ${places(1)}`}`;
    }
    const { sql, columns: known } = this.table('t', type);
    return this.within(known, () => {
      const join = this.pick(['cross join unnest', 'cross join unnest', 'left join unnest']);
      return `select t.id, x.* from ${sql} ${join}(${this.expression(type, 1)}${more})${ordinality} x(${names})${join.startsWith('left') ? ' on true' : ''} order by 1, ${ordinality ? count + 1 : places(2)}`;
    });
  }

  /** WITH, DISTINCT, and a query in another's FROM. */
  private nested(): string {
    const { sql, columns } = this.table('t');
    const type = this.pick(VARIABLES.O);
    return this.within(columns, () => {
      const value = this.expression(type, 2);
      return this.pick([
        `select distinct ${this.output('a', type)} from (select ${value} a from ${sql}) order by 1${this.limit()}`,
        `with w(id, a) as (select id, ${value} from ${sql}) select w.id, count(*) from w join w v on w.a = v.a group by 1 order by 1`,
        `with w as (select id, ${value} a from ${sql}) select (select count(a) from w), ${this.output('max(a)', type)} from w`,
        `select count(*), count(a), count(distinct a) from (select ${value} a from ${sql}) where a is not null or true`,
        `select id, a from (select id, ${this.output(value, type)} a from ${sql} order by id desc limit 2) order by 1`,
        `select id from ${sql} order by ${value}${this.pick([' desc', '', ' nulls first'])}, id${this.limit()}`,
      ]);
    });
  }

  /** Queries of WITH over each other, and sets of them. */
  private ctes(): string {
    const { sql, columns } = this.table('t');
    const type = this.pick(VARIABLES.S);
    return this.within(columns, () => {
      const first = `a(id, v) as (select id, ${this.expression(type, 1)} from ${sql})`;
      const second = this.pick([
        'b(id, v) as (select id + 1, v from a where v is not null)',
        'b(id, v) as (select max(id), v from a group by v)',
        'b as (select id, lag(v) over (order by id) v from a)',
        'b as (select * from a where id > 1 union all select id, null from a)',
        'b(id, v) as (select distinct 1, v from a)',
      ]);
      const op = this.pick(['union', 'union all', 'except', 'intersect', 'except all', 'intersect all']);
      const shown = (name: string): string => this.output(name, type);
      return `with ${first}, ${second} ${this.pick([
        `select id, ${shown('v')} from (select id, v from a ${op} select id, v from b) x order by id, v`,
        `select ${shown('v')}, count(*), sum(id) from (select * from a ${op} select * from b) x group by v order by v`,
        `select a.id, ${shown('b.v')} from a left join b on a.v = b.v and a.id <= b.id order by a.id, b.v`,
        `select a.id, (select count(*) from b where b.v = a.v), (select max(b.id) from b where b.id < a.id) from a order by 1`,
        `select id from a where v in (select v from b where id > 1) or v not in (select v from b) order by 1`,
        `select count(*) from a where exists (select 1 from b where b.v is not distinct from a.v and b.id <> a.id)`,
        `select x.id, y.n from a x join (select v, count(*) n from b group by 1) y on x.v = y.v order by 1`,
      ])}`;
    });
  }

  /** Aggregates over a join, windows over aggregates, and conditions on both. */
  private report(): string {
    const [left, right] = [this.table('t'), this.table('u')];
    const both: Columns = [
      ...left.columns.map(([name, type]) => [`t.${name}`, type] as const),
      ...right.columns.map(([name, type]) => [`u.${name}`, type] as const),
    ];
    const key = this.pick(left.columns.filter(([, type]) => isKey(type) && !/double|varbinary/.test(type)))[0];
    const [kind] = [this.pick(['join', 'left join', 'full join'])];
    const aggregate = this.within(both, () =>
      this.fill(this.pick(['sum({I})', 'count({S})', 'max({C})', 'count(distinct {S})', 'min({date})']), 'bigint', 1),
    );
    const windowed = this.pick([
      'sum(count(*)) over ()',
      'rank() over (order by count(*) desc)',
      'sum(count(*)) over (order by k rows between unbounded preceding and current row)',
      'count(*) * 100 / sum(count(*)) over ()',
      'max(sum(t.id)) over (order by k)',
      'lag(count(*)) over (order by k)',
    ]);
    const having = this.pick([
      '',
      '',
      ' having count(*) >= 1',
      ' having sum(t.id) > 1 or k is null',
      ' having max(u.id) is not null',
    ]);
    const from = `${left.sql} ${kind} ${right.sql} on t.id = u.id`;
    const name = `t.${key}`;
    const written = [windowed, having].map((text) => text.replace(/\bk\b/g, name));
    return `select ${name} k, ${aggregate}, ${written[0]} from ${from} group by ${name}${written[1]} order by k`;
  }

  /** Frames by the values of the rows. */
  private ranges(): string {
    const by = this.pick(['integer', 'date', 'bigint', 'timestamp', 'decimal', 'smallint']);
    const { sql, columns } = this.table('t', by);
    const step =
      by === 'date' ? "interval '2' day" : by === 'timestamp' ? "interval '1' month" : this.pick(['1', '2', '100']);
    return this.within(columns, () => {
      const frame = this.pick([
        `range between ${step} preceding and current row`,
        `range between ${step} preceding and ${step} following`,
        `range between unbounded preceding and ${step} following`,
        `range between current row and ${step} following`,
        'groups between current row and 1 following',
        'rows between 2 preceding and 1 preceding',
        `range ${step} preceding`,
      ]);
      const call = this.fill(this.pick(['count(*)', 'sum({I})', 'min({C})', 'count({S})', 'max(id)']), 'bigint', 1);
      return `select id, ${call} over w, count(*) over (partition by ${this.keys(columns, 1)[0]} order by id) from ${sql} window w as (order by ${columnName(by)}${this.pick(['', ' desc', ' nulls first'])} ${frame}) order by 1`;
    });
  }

  private lateral(): string {
    const { sql, columns } = this.table('t');
    return this.within(columns, () => {
      const type = this.pick(VARIABLES.S);
      const value = this.expression(type, 2);
      return `select t.id, ${this.output('l.v', type)} from ${sql} cross join lateral (select ${value} v) l where ${this.expression('boolean', 1)} order by 1`;
    });
  }

  private limit(): string {
    return this.pick([
      '',
      '',
      '',
      ' limit 2',
      ' limit 0',
      ' limit all',
      ' offset 1',
      ' offset 1 limit 1',
      ' offset 1 row fetch next 1 row only',
    ]);
  }

  private aggregate(): string {
    const template = this.pick(AGGREGATES);
    const type = this.anyType();
    return this.fill(template, type, 1, (types) => {
      const [name] = /^\w+/.exec(template)!;
      const of = types.get('O') ?? types.get('N') ?? '';
      const isNumber = /^(sum|avg|stddev|var|covar|corr|regr|skew|kurt|geo|coalesce)/.test(name);
      return name === 'min' || name === 'max' ? of : isNumber ? 'sum' : '';
    });
  }

  /** Columns by which rows can be grouped and sorted. */
  private keys(columns: Columns, count: number): string[] {
    const found = columns
      .filter(([name, type]) => name !== 'id' && isKey(type) && type !== 'varbinary')
      .map(([name]) => name);
    const first = this.pick(found.length > 0 ? found : ['id']);
    const others = found.filter((name) => name !== first);
    return count > 1 && others.length > 0 ? [first, this.pick(others)] : [first];
  }

  /** A few rows with an id. */
  private table(name: string, needed?: string): { sql: string; columns: Columns } {
    const types = Array.from({ length: 2 + this.below(3) }, () => this.pick(this.chance(0.7) ? SCALARS : NESTED));
    types.push(this.pick(['bigint', 'varchar', 'integer', 'date']), ...(needed === undefined ? [] : [needed]));
    const columns: [string, string][] = [
      ['id', 'bigint'],
      ...types.map((type): [string, string] => [columnName(type), type]),
    ];
    const unique = columns.filter(([one], at) => columns.findIndex(([other]) => other === one) === at);
    const rows = Array.from({ length: 1 + this.below(5) }, (_, at) => {
      const values = unique
        .slice(1)
        .map(([, type]) =>
          this.chance(0.25) ? `cast(null as ${written(type)})` : this.within([], () => this.literal(type)),
        );
      return `(bigint '${at + 1}', ${values.join(', ')})`;
    });
    return { sql: `(values ${rows.join(', ')}) ${name}(${unique.map(([one]) => one).join(', ')})`, columns: unique };
  }

  private anyType(): string {
    return this.pick(this.chance(0.75) ? [...SCALARS, 'timestamptz', 'interval year'] : NESTED);
  }

  private shown(type: string, depth: number): string {
    return this.output(this.expression(type, depth), type);
  }

  /** A value as text where a type has none, or another one, in one of the protocols. */
  private output(sql: string, type: string): string {
    switch (type) {
      case 'varbinary':
        return `to_hex(${sql})`;
      case 'double':
      case 'real':
      case 'interval day':
      case 'interval year':
        return `cast(${sql} as varchar)`;
      case 'timestamptz':
        return `cast(${sql} at time zone 'UTC' as varchar)`;
      case 'json':
        return `json_format(${sql})`;
      case 'sum':
        return `cast(${sql} as varchar)`;
      default:
        return sql;
    }
  }

  private expression(type: string, depth: number): string {
    const known = this.scope.filter(([, one]) => one === type).map(([name]) => name);
    if (known.length > 0 && this.chance(depth <= 0 ? 0.8 : 0.45)) {
      return this.pick(known);
    }
    if (depth <= 0 || this.chance(0.15)) {
      return this.chance(0.08) ? `cast(null as ${written(type)})` : this.literal(type);
    }
    const [base] = /^\w+(?: \w+)?/.exec(type)!;
    const special = [...(TEMPLATES[type] ?? []), ...(type.includes('(') ? (TEMPLATES[base] ?? []) : [])];
    const general = [...TEMPLATES.any, ...(VARIABLES.O.includes(type) ? TEMPLATES.ordered : [])];
    const templates = (this.chance(0.8) && special.length > 0 ? special : general).filter(
      (template) => !this.takesNoQueries || !/\(select|any \(|all \(/.test(template),
    );
    return this.fill(this.pick(templates), type, depth - 1);
  }

  /** The template with expressions in its gaps. */
  private fill(
    template: string,
    result: string,
    depth: number,
    then?: (types: ReadonlyMap<string, string>) => string,
  ): string {
    const types = new Map<string, string>([['R', result]]);
    const inner = /^(array|map|row)\((.*)\)$/.exec(result);
    const parts = inner ? splitTypes(inner[2]) : [];
    if (inner?.[1] === 'array') {
      types.set('E', inner[2]);
    } else if (inner) {
      types.set('K', parts[0]).set('V', parts[1]).set('A', parts[0]).set('B', parts[1]);
    }
    const typeOf = (text: string): string =>
      text.replace(/\b[A-Z]\b/g, (name) => {
        const known = types.get(name) ?? this.pick(VARIABLES[name]);
        types.set(name, known);
        return known;
      });
    const sql = template.replace(
      /\{(@?)([^{}|]+)(?:\|([^{}]+))?\}/g,
      (_, at: string, name: string, names: string | undefined) => {
        if (at) {
          return this.pick(WORDS[name]);
        }
        const params: Columns = (names ?? '')
          .split(';')
          .filter((one) => one !== '')
          .map((one) => [one.split(':')[0], typeOf(one.split(':')[1])] as const);
        const type = typeOf(name);
        const outer = this.takesNoQueries;
        this.takesNoQueries ||= params.length > 0;
        const made = this.within([...this.scope, ...params], () =>
          this.expression(type, params.length > 0 ? Math.min(depth, 1) : depth),
        );
        this.takesNoQueries = outer;
        return made;
      },
    );
    return then ? this.output(sql, then(types)) : sql;
  }

  private literal(type: string): string {
    const nested = /^(array|map|row)\((.*)\)$/.exec(type);
    if (!nested) {
      return this.pick(LITERALS[type]);
    }
    const parts = splitTypes(nested[2]);
    const one = (of: string): string => (this.chance(0.15) ? `cast(null as ${written(of)})` : this.literal(of));
    switch (nested[1]) {
      case 'array':
        return this.chance(0.1)
          ? `cast(array[] as ${written(type)})`
          : `array[${this.list(() => one(parts[0]), 1, 3)}]`;
      case 'map': {
        const keys = parts[0] === 'bigint' ? ["bigint '1'", "bigint '2'", "bigint '7'"] : ["'a'", "'b'", "'abc'"];
        const count = 1 + this.below(3);
        return `map(array[${keys.slice(0, count).join(', ')}], array[${Array.from({ length: count }, () => one(parts[1])).join(', ')}])`;
      }
      default:
        return `row(${parts.map(one).join(', ')})`;
    }
  }

  private within<T>(columns: Columns, make: () => T): T {
    const outer = this.scope;
    this.scope = columns;
    try {
      return make();
    } finally {
      this.scope = outer;
    }
  }

  private list(make: () => string, least: number, most: number): string {
    return Array.from({ length: least + this.below(most - least + 1) }, make).join(', ');
  }

  private pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)];
  }

  private chance(of: number): boolean {
    return this.below(1000) < of * 1000;
  }

  /** An integer below the bound: the next one of Mulberry32. */
  private below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let n = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    n = (n + Math.imul(n ^ (n >>> 7), 61 | n)) ^ n;
    return Math.floor((((n ^ (n >>> 14)) >>> 0) / 2 ** 32) * bound);
  }
}

function isKey(type: string): boolean {
  return VARIABLES.O.includes(type) && !type.startsWith('array') && !type.startsWith('row');
}

/** Named after the type, so that the columns of two tables meet. */
function columnName(type: string): string {
  return `c_${type.replace(/\W+/g, '_').replace(/_$/, '')}`;
}

/** The type as a cast has it. */
function written(type: string): string {
  return type
    .replace(/\btimestamptz\b/g, 'timestamp with time zone')
    .replace(/\binterval day\b/g, 'interval day to second')
    .replace(/\binterval year\b/g, 'interval year to month')
    .replace(/\bdecimal\b/g, 'decimal(10, 2)');
}

/** The types at the commas of the outermost level. */
function splitTypes(text: string): string[] {
  return text.split(/,(?![^(]*\))/);
}
