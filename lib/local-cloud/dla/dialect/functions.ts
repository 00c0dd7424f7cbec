/**
 * The scalar functions that a template is enough for, one overload a line:
 *
 *     name(parameters): result = SQL
 *
 * `O` is any type that has an order, `N` any number, `I` any integer, `F` real or double, `T`, `U`, `K`, `V` any type; `T…` is one or more of them. A
 * parameter in the form `(T) -> U` takes a lambda. `$1` stands for the first argument, `fail(text)` for an error, and
 * functions that begin with `js_` are those of ./scalar-functions.
 */
export const SCALARS = String.raw`
abs(N): N = abs($1)
cbrt(double): double = cbrt($1)
ceil(I): I = $1
ceil(F): F = ceil($1)
degrees(double): double = degrees($1)
e(): double = exp(1::DOUBLE)
exp(double): double = exp($1)
floor(I): I = $1
floor(F): F = floor($1)
from_base(varchar, bigint): bigint = js_from_base($1, $2)
to_base(bigint, bigint): varchar = js_to_base($1, $2)
ln(double): double = js_ln($1)
log2(double): double = js_log2($1)
log10(double): double = js_log10($1)
log(double, double): double = js_log($1, $2)
log(double): double = js_ln($1)
pi(): double = pi()
pow(double, double): double = js_pow($1, $2)
power(double, double): double = js_pow($1, $2)
radians(double): double = radians($1)
rand(): double = random()
round(I): I = $1
round(F): F = round($1)
round(double, bigint): double = js_round($1, $2)
sqrt(double): double = js_sqrt($1)
truncate(F): F = trunc($1)
truncate(double, bigint): double = js_truncate($1, $2)
acos(double): double = js_acos($1)
asin(double): double = js_asin($1)
atan(double): double = atan($1)
atan2(double, double): double = atan2($1, $2)
cos(double): double = js_cos($1)
cosh(double): double = cosh($1)
cot(double): double = js_cot($1)
sin(double): double = js_sin($1)
sinh(double): double = sinh($1)
tan(double): double = js_tan($1)
tanh(double): double = tanh($1)
infinity(): double = CAST('inf' AS DOUBLE)
nan(): double = CAST('nan' AS DOUBLE)
is_finite(double): boolean = isfinite($1)
is_infinite(double): boolean = isinf($1)
is_nan(double): boolean = isnan($1)
width_bucket(double, double, double, bigint): bigint = js_width_bucket($1, $2, $3, $4)
width_bucket(double, array(double)): bigint = CASE WHEN len($2) = 0 THEN fail('Bins cannot be an empty array') WHEN isnan($1) THEN fail('Operand cannot be NaN') ELSE CAST(len(list_filter($2, lambda v: v <= $1)) AS BIGINT) END
normal_cdf(double, double, double): double = js_normal_cdf($1, $2, $3)
bitwise_and(bigint, bigint): bigint = ($1 & $2)
bitand(bigint, bigint): bigint = ($1 & $2)
bitwise_or(bigint, bigint): bigint = ($1 | $2)
bitwise_xor(bigint, bigint): bigint = xor($1, $2)
bitwise_not(bigint): bigint = (~$1)
bitwise_left_shift(I, bigint): I = CAST(js_left_shift($1, $2, $W1) AS $T1)
bitwise_right_shift(I, bigint): I = CAST(js_right_shift($1, $2, $W1) AS $T1)
bitwise_right_shift_arithmetic(I, bigint): I = CAST(js_right_shift_arithmetic($1, $2, $W1) AS $T1)
bit_count(bigint, bigint): bigint = js_bit_count($1, $2)
crc32(varbinary): bigint = js_crc32($1)
crc32(varchar): bigint = js_crc32(encode($1))

chr(bigint): varchar = js_chr($1)
codepoint(varchar): integer = js_codepoint($1)
concat_ws(varchar, array(varchar)): varchar = CASE WHEN $2 IS NULL THEN NULL ELSE array_to_string($2, $1) END
length(varchar): bigint = length($1)
length(varbinary): bigint = octet_length($1)
char_length(varchar): bigint = length($1)
lower(varchar): varchar = lower($1)
upper(varchar): varchar = js_upper($1)
lpad(varchar, bigint, varchar): varchar = CASE WHEN $2 < 0 OR $2 > 2147483647 THEN fail('Target length must be in the range [0..2147483647]') WHEN $3 = '' THEN fail('Padding string must not be empty') ELSE lpad($1, CAST($2 AS INTEGER), $3) END
lpad(varbinary, bigint, varbinary): varbinary = js_pad_bytes($1, $2, $3, true)
rpad(varbinary, bigint, varbinary): varbinary = js_pad_bytes($1, $2, $3, false)
rpad(varchar, bigint, varchar): varchar = CASE WHEN $2 < 0 OR $2 > 2147483647 THEN fail('Target length must be in the range [0..2147483647]') WHEN $3 = '' THEN fail('Padding string must not be empty') ELSE rpad($1, CAST($2 AS INTEGER), $3) END
ltrim(varchar): varchar = ltrim($1, $SPACES)
ltrim(varchar, varchar): varchar = ltrim($1, $2)
rtrim(varchar): varchar = rtrim($1, $SPACES)
rtrim(varchar, varchar): varchar = rtrim($1, $2)
trim(varchar): varchar = trim($1, $SPACES)
trim(varchar, varchar): varchar = trim($1, $2)
replace(varchar, varchar): varchar = replace($1, $2, '')
replace(varchar, varchar, varchar): varchar = js_replace($1, $2, $3)
reverse(varchar): varchar = js_reverse($1)
reverse(varbinary): varbinary = js_reverse_bytes($1)
reverse(array(T)): array(T) = list_reverse($1)
split(varchar, varchar): array(varchar) = CASE WHEN $2 = '' THEN fail('The delimiter may not be the empty string') ELSE string_split($1, $2) END
split(varchar, varchar, bigint): array(varchar) = js_split($1, $2, $3)
split_part(varchar, varchar, bigint): varchar = CASE WHEN $3 < 1 THEN fail('Index must be greater than zero') WHEN $2 = '' THEN js_split_part($1, $3) ELSE string_split($1, $2)[$3] END
split_to_map(varchar, varchar, varchar): map(varchar, varchar) = CAST(CAST(js_split_to_map($1, $2, $3) AS JSON) AS MAP(VARCHAR, VARCHAR))
strpos(varchar, varchar): bigint = CAST(strpos($1, $2) AS BIGINT)
strpos(varchar, varchar, bigint): bigint = js_strpos($1, $2, $3)
starts_with(varchar, varchar): boolean = starts_with($1, $2)
ends_with(varchar, varchar): boolean = ends_with($1, $2)
substr(varchar, bigint): varchar = CASE WHEN $2 = 0 OR $2 < -length($1) THEN '' ELSE substring($1, $2) END
substr(varchar, bigint, bigint): varchar = CASE WHEN $2 = 0 OR $3 <= 0 OR $2 < -length($1) THEN '' ELSE substring($1, $2, $3) END
substr(varbinary, bigint): varbinary = js_subbytes($1, $2, 2147483647)
substr(varbinary, bigint, bigint): varbinary = js_subbytes($1, $2, $3)
normalize(varchar): varchar = nfc_normalize($1)
normalize(varchar, varchar): varchar = js_normalize($1, $2)
translate(varchar, varchar, varchar): varchar = js_translate($1, $2, $3)
levenshtein_distance(varchar, varchar): bigint = CASE WHEN length($1) = strlen($1) AND length($2) = strlen($2) THEN levenshtein($1, $2) ELSE js_levenshtein($1, $2) END
hamming_distance(varchar, varchar): bigint = CASE WHEN length($1) <> length($2) THEN fail('The input strings to hamming_distance function must have the same length') ELSE js_hamming($1, $2) END
soundex(varchar): varchar = js_soundex($1)
luhn_check(varchar): boolean = js_luhn_check($1)
regexp_count(varchar, varchar): bigint = CAST(len($REGEX_ALL) AS BIGINT)
regexp_split(varchar, varchar): array(varchar) = js_regexp_split($1, $2)
regexp_position(varchar, varchar): integer = js_regexp_position($1, $2, 1, 1)
regexp_position(varchar, varchar, integer): integer = js_regexp_position($1, $2, $3, 1)
regexp_position(varchar, varchar, integer, integer): integer = js_regexp_position($1, $2, $3, $4)
regexp_substr(varchar, varchar): varchar = js_regexp_substr($1, $2, 1, 1)
regexp_substr(varchar, varchar, bigint): varchar = js_regexp_substr($1, $2, $3, 1)
regexp_substr(varchar, varchar, bigint, bigint): varchar = js_regexp_substr($1, $2, $3, $4)

ascii(varchar): integer = CASE WHEN $1 = '' THEN 0 ELSE js_first_byte($1) END
bin(bigint): varchar = js_radix($1, 2)
oct(bigint): varchar = js_radix($1, 8)
hex(bigint): varchar = js_radix($1, 16)
hex(varchar): varchar = upper(hex(encode($1)))
hex(varbinary): varchar = upper(hex($1))
unhex(varchar): varbinary = js_from_hex($1)
char(bigint…): varchar = js_char(CAST([$*] AS VARCHAR))
export_set(bigint, varchar, varchar): varchar = js_export_set($1, $2, $3, ',', 64)
export_set(bigint, varchar, varchar, varchar): varchar = js_export_set($1, $2, $3, $4, 64)
export_set(bigint, varchar, varchar, varchar, bigint): varchar = js_export_set($1, $2, $3, $4, $5)
find_in_set(varchar, varchar): bigint = CASE WHEN contains($1, ',') THEN 0 ELSE CAST(coalesce(list_position(string_split($2, ','), $1), CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE 0 END) AS BIGINT) END
presto_insert(varchar, bigint, bigint, varchar): varchar = js_insert($1, $2, $3, $4)
insert(varchar, bigint, bigint, varchar): varchar = js_insert($1, $2, $3, $4)
instr(varchar, varchar): bigint = CAST(strpos(lower($1), lower($2)) AS BIGINT)
locate(varchar, varchar): bigint = CAST(strpos(lower($2), lower($1)) AS BIGINT)
locate(varchar, varchar, bigint): bigint = js_locate($1, $2, $3)
left(varchar, bigint): varchar = CASE WHEN $2 <= 0 THEN '' ELSE substring($1, 1, $2) END
right(varchar, bigint): varchar = CASE WHEN $2 <= 0 THEN '' WHEN $2 >= length($1) THEN $1 ELSE substring($1, -$2) END
ord(varchar): bigint = js_ord($1)
space(bigint): varchar = repeat(' ', $1)
substring_index(varchar, varchar, bigint): varchar = js_substring_index($1, $2, $3)
initcap(varchar): varchar = js_initcap($1)
format(double, bigint): varchar = js_format_number($1, $2)
strcmp(varchar, varchar): integer = CASE WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 WHEN $1 = $2 THEN 0 END

to_utf8(varchar): varbinary = encode($1)
from_utf8(varbinary): varchar = js_from_utf8($1, '�')
from_utf8(varbinary, varchar): varchar = js_from_utf8($1, $2)
to_hex(varbinary): varchar = upper(hex($1))
from_hex(varchar): varbinary = js_from_hex($1)
to_base64(varbinary): varchar = to_base64($1)
from_base64(varchar): varbinary = js_from_base64($1)
from_base64(varbinary): varbinary = js_from_base64(js_from_utf8($1, '�'))
to_base64url(varbinary): varchar = js_to_base64url($1)
from_base64url(varchar): varbinary = js_from_base64url($1)
md5(varbinary): varbinary = js_hash($1, 'md5')
sha1(varbinary): varbinary = js_hash($1, 'sha1')
sha256(varbinary): varbinary = js_hash($1, 'sha256')
sha512(varbinary): varbinary = js_hash($1, 'sha512')
hmac_md5(varbinary, varbinary): varbinary = js_hmac($1, $2, 'md5')
hmac_sha1(varbinary, varbinary): varbinary = js_hmac($1, $2, 'sha1')
hmac_sha256(varbinary, varbinary): varbinary = js_hmac($1, $2, 'sha256')
hmac_sha512(varbinary, varbinary): varbinary = js_hmac($1, $2, 'sha512')
xxhash64(varbinary): varbinary = js_xxhash64($1)
to_ieee754_64(double): varbinary = js_double_bytes($1)
to_ieee754_32(real): varbinary = js_float_bytes($1)
from_ieee754_64(varbinary): double = js_bytes_double($1)
from_ieee754_32(varbinary): real = js_bytes_float($1)
to_big_endian_64(bigint): varbinary = js_big_endian($1, 8)
to_big_endian_32(integer): varbinary = js_big_endian($1, 4)
from_big_endian_64(varbinary): bigint = js_from_big_endian($1, 8)
from_big_endian_32(varbinary): integer = CAST(js_from_big_endian($1, 4) AS INTEGER)

url_extract_fragment(varchar): varchar = js_url($1, 'fragment')
url_extract_host(varchar): varchar = js_url($1, 'host')
url_extract_path(varchar): varchar = js_url($1, 'path')
url_extract_port(varchar): bigint = CAST(js_url($1, 'port') AS BIGINT)
url_extract_protocol(varchar): varchar = js_url($1, 'protocol')
url_extract_query(varchar): varchar = js_url($1, 'query')
url_extract_parameter(varchar, varchar): varchar = js_url_parameter($1, $2)
url_encode(varchar): varchar = js_url_encode($1)
url_decode(varchar): varchar = js_url_decode($1)

json_parse(varchar): json = js_json_parse($1)
json_format(json): varchar = $1
json_extract(json, varchar): json = js_json_extract($1, $2)
json_extract(varchar, varchar): json = js_json_extract($1, $2)
json_extract_scalar(json, varchar): varchar = js_json_extract_scalar($1, $2)
json_extract_scalar(varchar, varchar): varchar = js_json_extract_scalar($1, $2)
json_array_length(json): bigint = js_json_array_length($1)
json_array_length(varchar): bigint = js_json_array_length($1)
json_array_get(json, bigint): json = js_json_array_get($1, $2)
json_array_get(varchar, bigint): json = js_json_array_get($1, $2)
json_array_contains(json, varchar): boolean = js_json_array_contains($1, 'string', $2)
json_array_contains(varchar, varchar): boolean = js_json_array_contains($1, 'string', $2)
json_array_contains(json, boolean): boolean = js_json_array_contains($1, 'boolean', CAST($2 AS VARCHAR))
json_array_contains(varchar, boolean): boolean = js_json_array_contains($1, 'boolean', CAST($2 AS VARCHAR))
json_array_contains(json, bigint): boolean = js_json_array_contains($1, 'bigint', CAST($2 AS VARCHAR))
json_array_contains(varchar, bigint): boolean = js_json_array_contains($1, 'bigint', CAST($2 AS VARCHAR))
json_array_contains(json, double): boolean = js_json_array_contains($1, 'double', CAST($2 AS VARCHAR))
json_array_contains(varchar, double): boolean = js_json_array_contains($1, 'double', CAST($2 AS VARCHAR))
json_size(json, varchar): bigint = js_json_size($1, $2)
json_size(varchar, varchar): bigint = js_json_size($1, $2)
is_json_scalar(json): boolean = js_is_json_scalar($1)
is_json_scalar(varchar): boolean = js_is_json_scalar($1)

date(date): date = $1
date(timestamp): date = CAST($1 AS DATE)
day(interval day): bigint = ($1 // 86400000)
hour(interval day): bigint = ($1 // 3600000 % 24)
minute(interval day): bigint = ($1 // 60000 % 60)
second(interval day): bigint = ($1 // 1000 % 60)
millisecond(interval day): bigint = ($1 % 1000)
year(interval year): bigint = CAST($1 // 12 AS BIGINT)
month(interval year): bigint = CAST($1 % 12 AS BIGINT)
to_milliseconds(interval day): bigint = $1
last_day_of_month(date): date = last_day($1)
last_day_of_month(timestamp): date = last_day($1)
last_day(date): date = last_day($1)
last_day(timestamp): date = last_day($1)
date_format(timestamp, varchar): varchar = js_date_format($1, $2)
date_parse(varchar, varchar): timestamp = js_date_parse($1, $2)
format_datetime(timestamp, varchar): varchar = js_format_datetime($1, $2)
from_iso8601_date(varchar): date = CAST(js_from_iso8601($1) AS DATE)
to_iso8601(date): varchar = CAST($1 AS VARCHAR)
to_iso8601(timestamp): varchar = strftime($1, '%Y-%m-%dT%H:%M:%S.%g')
human_readable_seconds(double): varchar = js_human_readable_seconds($1)
parse_duration(varchar): interval day = js_parse_duration($1)
datediff(date, date): bigint = CAST(date_diff('day', $2, $1) AS BIGINT)
datediff(timestamp, timestamp): bigint = CAST(date_diff('day', CAST($2 AS DATE), CAST($1 AS DATE)) AS BIGINT)

cardinality(array(T)): bigint = CAST(len($1) AS BIGINT)
cardinality(map(K, V)): bigint = CAST(cardinality($1) AS BIGINT)
array_distinct(array(T)): array(T) = list_filter($1, lambda v, i: list_position($1, v) = i)
array_except(array(T), array(T)): array(T) = CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE list_filter($1, lambda v, i: list_position($1, v) = i AND list_position($2, v) IS NULL) END
array_intersect(array(T), array(T)): array(T) = CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE list_filter($1, lambda v, i: list_position($1, v) = i AND list_position($2, v) IS NOT NULL) END
array_union(array(T), array(T)): array(T) = CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE list_filter(list_concat($1, $2), lambda v, i: list_position(list_concat($1, $2), v) = i) END
array_max(array(O)): O = CASE WHEN len(list_filter($1, lambda v: v IS NULL)) > 0 THEN NULL ELSE list_max($1) END
array_min(array(O)): O = CASE WHEN len(list_filter($1, lambda v: v IS NULL)) > 0 THEN NULL ELSE list_min($1) END
array_position(array(T), T): bigint = CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE CAST(coalesce(list_position($1, $2), 0) AS BIGINT) END
array_remove(array(T), T): array(T) = CASE WHEN $2 IS NULL THEN NULL ELSE list_filter($1, lambda v: v IS DISTINCT FROM $2) END
array_sort(array(T)): array(T) = list_sort($1, 'ASC', 'NULLS LAST')
arrays_overlap(array(T), array(T)): boolean = CASE WHEN list_has_any(list_filter($1, lambda v: v IS NOT NULL), list_filter($2, lambda v: v IS NOT NULL)) THEN true WHEN $1 IS NULL OR $2 IS NULL OR len($1) = 0 OR len($2) = 0 THEN CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE false END WHEN list_position($1, NULL) IS NOT NULL OR list_position($2, NULL) IS NOT NULL THEN NULL ELSE false END
contains(array(T), T): boolean = CASE WHEN $2 IS NULL OR $1 IS NULL THEN NULL WHEN list_position($1, $2) IS NOT NULL THEN true WHEN len(list_filter($1, lambda v: v IS NULL)) > 0 THEN NULL ELSE false END
contains_sequence(array(T), array(T)): boolean = CASE WHEN len($2) = 0 THEN true ELSE coalesce(list_bool_or(list_transform(range(1, CAST(len($1) AS BIGINT) - len($2) + 2), lambda i: list_slice($1, i, i + len($2) - 1) = $2)), false) END
element_at(array(T), bigint): T = CASE WHEN $2 = 0 THEN fail('SQL array indices start at 1') ELSE $1[$2] END
element_at(map(K, V), K): V = map_extract_value($1, $2)
flatten(array(array(T))): array(T) = flatten($1)
sequence(bigint, bigint): array(bigint) = CASE WHEN abs($2::HUGEINT - $1) >= 10000 THEN fail('result of sequence function must not have more than 10000 entries') WHEN $2 >= $1 THEN generate_series($1, $2) ELSE generate_series($1, $2, -1) END
sequence(bigint, bigint, bigint): array(bigint) = CASE WHEN $3 = 0 THEN fail('step must not be zero') WHEN ($2 > $1 AND $3 < 0) OR ($2 < $1 AND $3 > 0) THEN fail('sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start') WHEN abs(($2::HUGEINT - $1) // $3) >= 10000 THEN fail('result of sequence function must not have more than 10000 entries') ELSE generate_series($1, $2, $3) END
sequence(date, date): array(date) = CASE WHEN abs(date_diff('day', $1, $2)) >= 10000 THEN fail('result of sequence function must not have more than 10000 entries') ELSE CAST(generate_series(CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP), CASE WHEN $2 >= $1 THEN to_days(1) ELSE to_days(-1) END) AS DATE[]) END
sequence(date, date, interval day): array(date) = CASE WHEN $3 = 0 THEN fail('interval must not be zero') WHEN $3 % 86400000 <> 0 THEN fail('sequence step must be a day interval if start and end values are dates') WHEN ($2 > $1 AND $3 < 0) OR ($2 < $1 AND $3 > 0) THEN fail('sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start') WHEN abs(date_diff('day', $1, $2) * 86400000 // $3) >= 10000 THEN fail('result of sequence function must not have more than 10000 entries') ELSE CAST(generate_series(CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP), to_milliseconds($3)) AS DATE[]) END
sequence(date, date, interval year): array(date) = CASE WHEN $3 = 0 THEN fail('interval must not be zero') WHEN ($2 > $1 AND $3 < 0) OR ($2 < $1 AND $3 > 0) THEN fail('sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start') WHEN abs(date_diff('month', $1, $2)) // abs($3) >= 10000 THEN fail('result of sequence function must not have more than 10000 entries') ELSE list_filter(list_transform(range(0, abs(date_diff('month', $1, $2)) // abs($3) + 1), lambda i: CAST($1 + to_months(CAST(i * $3 AS INTEGER)) AS DATE)), lambda d: d BETWEEN least($1, $2) AND greatest($1, $2)) END
sequence(timestamp, timestamp, interval day): array(timestamp) = CASE WHEN $3 = 0 THEN fail('interval must not be zero') WHEN ($2 > $1 AND $3 < 0) OR ($2 < $1 AND $3 > 0) THEN fail('sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start') WHEN abs(date_diff('millisecond', $1, $2) // $3) >= 10000 THEN fail('result of sequence function must not have more than 10000 entries') ELSE generate_series($1, $2, to_milliseconds($3)) END
sequence(timestamp, timestamp, interval year): array(timestamp) = CASE WHEN $3 = 0 THEN fail('interval must not be zero') WHEN ($2 > $1 AND $3 < 0) OR ($2 < $1 AND $3 > 0) THEN fail('sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start') WHEN abs(date_diff('month', $1, $2)) // abs($3) >= 10000 THEN fail('result of sequence function must not have more than 10000 entries') ELSE list_filter(list_transform(range(0, abs(date_diff('month', $1, $2)) // abs($3) + 1), lambda i: $1 + to_months(CAST(i * $3 AS INTEGER))), lambda d: d BETWEEN least($1, $2) AND greatest($1, $2)) END
slice(array(T), bigint, bigint): array(T) = CASE WHEN $3 < 0 THEN fail('length must be greater than or equal to 0') WHEN $2 = 0 THEN fail('SQL array indices start at 1') WHEN $2 < 0 THEN CASE WHEN -$2 > len($1) THEN list_slice($1, 1, 0) ELSE list_slice($1, len($1) + $2 + 1, len($1) + $2 + $3) END ELSE list_slice($1, $2, $2 + $3 - 1) END
trim_array(array(T), bigint): array(T) = CASE WHEN $2 < 0 THEN fail('size must not be negative: ' || $2) WHEN $2 > len($1) THEN fail('size must not exceed array cardinality ' || len($1) || ': ' || $2) ELSE list_slice($1, 1, len($1) - $2) END
transform(array(T), (T) -> U): array(U) = list_transform($1, $2)
filter(array(T), (T) -> boolean): array(T) = list_filter($1, $2)
any_match(array(T), (T) -> boolean): boolean = CASE WHEN $1 IS NULL THEN NULL ELSE coalesce(list_bool_or(list_transform($1, $2)), CASE WHEN len($1) = 0 THEN false END, CASE WHEN len($1) = 0 THEN false END) OR (CASE WHEN len(list_filter(list_transform($1, $2), lambda v: v IS NULL)) > 0 THEN NULL ELSE false END) END
all_match(array(T), (T) -> boolean): boolean = CASE WHEN $1 IS NULL THEN NULL WHEN len($1) = 0 THEN true ELSE coalesce(list_bool_and(list_transform($1, $2)), true) AND (CASE WHEN len(list_filter(list_transform($1, $2), lambda v: v IS NULL)) > 0 THEN NULL ELSE true END) END
none_match(array(T), (T) -> boolean): boolean = (NOT (CASE WHEN $1 IS NULL THEN NULL WHEN len($1) = 0 THEN false ELSE coalesce(list_bool_or(list_transform($1, $2)), false) OR (CASE WHEN len(list_filter(list_transform($1, $2), lambda v: v IS NULL)) > 0 THEN NULL ELSE false END) END))
ngrams(array(T), bigint): array(array(T)) = CASE WHEN $2 < 1 THEN fail('N must be positive') WHEN len($1) <= $2 THEN [$1] ELSE list_transform(range(1, CAST(len($1) AS BIGINT) - $2 + 2), lambda i: list_slice($1, i, i + $2 - 1)) END
shuffle(array(T)): array(T) = list_transform(list_sort(list_transform($1, lambda v: {'k': random(), 'v': v})), lambda s: s.v)

map(): map(unknown, unknown) = MAP()
map_entries(map(K, V)): array(row(K, V)) = list_transform(map_entries($1), lambda v: {'f0': v.key, 'f1': v.value})
map_keys(map(K, V)): array(K) = map_keys($1)
map_values(map(K, V)): array(V) = map_values($1)
map_filter(map(K, V), (K, V) -> boolean): map(K, V) = CASE WHEN $1 IS NULL THEN NULL ELSE map_from_entries(list_filter(map_entries($1), $2)) END
transform_keys(map(K, V), (K, V) -> U): map(U, V) = CASE WHEN $1 IS NULL THEN NULL ELSE map(list_transform(map_entries($1), $2), map_values($1)) END
transform_values(map(K, V), (K, V) -> U): map(K, U) = CASE WHEN $1 IS NULL THEN NULL ELSE map(map_keys($1), list_transform(map_entries($1), $2)) END

uuid(): varchar = CAST(uuid() AS VARCHAR)
`;

/** Other names of the same functions. */
export const SYNONYMS: Readonly<Record<string, string>> = {
  ceiling: 'ceil',
  random: 'rand',
  lcase: 'lower',
  ucase: 'upper',
  character_length: 'char_length',
  substring: 'substr',
  remainder: 'mod',
  any_value: 'arbitrary',
  every: 'bool_and',
  std: 'stddev_pop',
  dow: 'day_of_week',
  doy: 'day_of_year',
  dayofyear: 'day_of_year',
  dayofmonth: 'day',
  day_of_month: 'day',
  week_of_year: 'week',
  weekofyear: 'week',
  yow: 'year_of_week',
  curdate: 'current_date',
  curtime: 'current_time',
  sysdate: 'now',
};

/** Aggregate functions, in the same form. */
export const AGGREGATES = String.raw`
arbitrary(T): T = any_value(@$1)
avg(I): double = avg(@$1)
avg(F): F = avg(@$1)
bool_and(boolean): boolean = bool_and(@$1)
bool_or(boolean): boolean = bool_or(@$1)
count_if(boolean): bigint = coalesce(CAST(count_if(@$1) AS BIGINT), 0)
geometric_mean(I): double = exp(avg(@js_ln($1)))
geometric_mean(double): double = exp(avg(@js_ln($1)))
geometric_mean(real): real = CAST(exp(avg(@js_ln($1))) AS FLOAT)
max(O): O = max(@$1)
min(O): O = min(@$1)
max(O, bigint): array(O) = list_slice(list_sort(nullif(list_filter(list(@$1), lambda v: v IS NOT NULL), []), 'DESC'), 1, any_value(@$2))
min(O, bigint): array(O) = list_slice(list_sort(nullif(list_filter(list(@$1), lambda v: v IS NOT NULL), []), 'ASC'), 1, any_value(@$2))
sum(I): bigint = CAST(sum(@$1) AS BIGINT)
sum(real): real = CAST(sum(@$1) AS FLOAT)
sum(double): double = sum(@$1)
bitwise_and_agg(bigint): bigint = bit_and(@$1)
bitwise_or_agg(bigint): bigint = bit_or(@$1)
bitwise_xor_agg(bigint): bigint = bit_xor(@$1)
stddev(double): double = CASE WHEN bool_or(@NOT isfinite($1)) AND count(@$1) > 1 THEN CAST('nan' AS DOUBLE) ELSE stddev_samp(@CASE WHEN isfinite($1) THEN $1 END) END
stddev_samp(double): double = CASE WHEN bool_or(@NOT isfinite($1)) AND count(@$1) > 1 THEN CAST('nan' AS DOUBLE) ELSE stddev_samp(@CASE WHEN isfinite($1) THEN $1 END) END
stddev_pop(double): double = CASE WHEN bool_or(@NOT isfinite($1)) AND count(@$1) > 0 THEN CAST('nan' AS DOUBLE) ELSE stddev_pop(@CASE WHEN isfinite($1) THEN $1 END) END
variance(double): double = CASE WHEN bool_or(@NOT isfinite($1)) AND count(@$1) > 1 THEN CAST('nan' AS DOUBLE) ELSE var_samp(@CASE WHEN isfinite($1) THEN $1 END) END
var_samp(double): double = CASE WHEN bool_or(@NOT isfinite($1)) AND count(@$1) > 1 THEN CAST('nan' AS DOUBLE) ELSE var_samp(@CASE WHEN isfinite($1) THEN $1 END) END
var_pop(double): double = CASE WHEN bool_or(@NOT isfinite($1)) AND count(@$1) > 0 THEN CAST('nan' AS DOUBLE) ELSE var_pop(@CASE WHEN isfinite($1) THEN $1 END) END
covar_pop(double, double): double = CASE WHEN bool_or(@NOT isfinite($1 * 0 + $2 * 0)) THEN CAST('nan' AS DOUBLE) ELSE covar_pop(@CASE WHEN isfinite($1 * 0 + $2 * 0) THEN $1 END, $2) END
covar_pop(real, real): real = CAST(CASE WHEN bool_or(@NOT isfinite($1 * 0 + $2 * 0)) THEN CAST('nan' AS DOUBLE) ELSE covar_pop(@CASE WHEN isfinite($1 * 0 + $2 * 0) THEN $1 END, $2) END AS FLOAT)
covar_samp(double, double): double = CASE WHEN bool_or(@NOT isfinite($1 * 0 + $2 * 0)) AND count(@$1 * 0 + $2 * 0) > 1 THEN CAST('nan' AS DOUBLE) ELSE covar_samp(@CASE WHEN isfinite($1 * 0 + $2 * 0) THEN $1 END, $2) END
covar_samp(real, real): real = CAST(CASE WHEN bool_or(@NOT isfinite($1 * 0 + $2 * 0)) AND count(@$1 * 0 + $2 * 0) > 1 THEN CAST('nan' AS DOUBLE) ELSE covar_samp(@CASE WHEN isfinite($1 * 0 + $2 * 0) THEN $1 END, $2) END AS FLOAT)
corr(double, double): double = CASE WHEN bool_or(@NOT isfinite($1 * 0 + $2 * 0)) THEN NULL ELSE nullif(corr(@CASE WHEN isfinite($1 * 0 + $2 * 0) THEN $1 END, $2), CAST('nan' AS DOUBLE)) END
corr(real, real): real = CAST(CASE WHEN bool_or(@NOT isfinite($1 * 0 + $2 * 0)) THEN NULL ELSE nullif(corr(@CASE WHEN isfinite($1 * 0 + $2 * 0) THEN $1 END, $2), CAST('nan' AS DOUBLE)) END AS FLOAT)
regr_slope(double, double): double = CASE WHEN bool_or(@NOT isfinite($1 * 0 + $2 * 0)) THEN NULL ELSE nullif(regr_slope(@CASE WHEN isfinite($1 * 0 + $2 * 0) THEN $1 END, $2), CAST('nan' AS DOUBLE)) END
regr_slope(real, real): real = CAST(CASE WHEN bool_or(@NOT isfinite($1 * 0 + $2 * 0)) THEN NULL ELSE nullif(regr_slope(@CASE WHEN isfinite($1 * 0 + $2 * 0) THEN $1 END, $2), CAST('nan' AS DOUBLE)) END AS FLOAT)
regr_intercept(double, double): double = CASE WHEN bool_or(@NOT isfinite($1 * 0 + $2 * 0)) THEN NULL ELSE nullif(regr_intercept(@CASE WHEN isfinite($1 * 0 + $2 * 0) THEN $1 END, $2), CAST('nan' AS DOUBLE)) END
regr_intercept(real, real): real = CAST(CASE WHEN bool_or(@NOT isfinite($1 * 0 + $2 * 0)) THEN NULL ELSE nullif(regr_intercept(@CASE WHEN isfinite($1 * 0 + $2 * 0) THEN $1 END, $2), CAST('nan' AS DOUBLE)) END AS FLOAT)
skewness(double): double = js_skewness(list(@$1))
kurtosis(double): double = js_kurtosis(list(@$1))
entropy(bigint): double = js_entropy(list(@CAST($1 AS DOUBLE)))
`;

/** Functions that need a window. */
export const WINDOW_FUNCTIONS = String.raw`
row_number(): bigint = row_number(@)
rank(): bigint = rank(@)
dense_rank(): bigint = dense_rank(@)
percent_rank(): double = percent_rank(@)
cume_dist(): double = cume_dist(@)
ntile(bigint): bigint = ntile(@$1)
first_value(T): T = first_value(@$1)
last_value(T): T = last_value(@$1)
nth_value(T, bigint): T = nth_value(@$1, CASE WHEN $2 < 1 THEN fail('Offset must be at least 1') ELSE $2 END)
lag(T): T = lag(@$1)
lag(T, bigint): T = lag(@$1, CASE WHEN $2 < 0 THEN fail('Offset must be at least 0') ELSE CAST($2 AS INTEGER) END)
lag(T, bigint, T): T = lag(@$1, CASE WHEN $2 < 0 THEN fail('Offset must be at least 0') ELSE CAST($2 AS INTEGER) END, $3)
lead(T): T = lead(@$1)
lead(T, bigint): T = lead(@$1, CASE WHEN $2 < 0 THEN fail('Offset must be at least 0') ELSE CAST($2 AS INTEGER) END)
lead(T, bigint, T): T = lead(@$1, CASE WHEN $2 < 0 THEN fail('Offset must be at least 0') ELSE CAST($2 AS INTEGER) END, $3)
`;
