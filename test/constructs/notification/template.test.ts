import { describe, expect, it } from 'vitest';
import { literal } from '../../../lib/constructs/notification/template';

describe('literal', () => {
  it.each([
    ['select 1', 'select 1'],
    ["select '${x}'", "select '$${x}'"],
    ["select '%{ if x }'", "select '%%{ if x }'"],
    ['oss://{bucket}/{region}', 'oss://{bucket}/{region}'],
    ['$x %y $ { % {', '$x %y $ { % {'],
    ['a ${TfToken[TOKEN.1]} b ${c}', 'a ${TfToken[TOKEN.1]} b $${c}'],
  ])('turns %j into %j', (text, expected) => expect(literal(text)).toBe(expected));
});
