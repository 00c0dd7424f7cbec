import * as msgpack from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bool, num, objects, str, stringMap, strings, typeTable } from '../../../lib/provider-schema/table';
import { Codec } from '../../../lib/local-cloud/terraform/codec';
import { conform, AttributeValues, UNKNOWN } from '../../../lib/local-cloud/terraform/values';

const table = typeTable({
  name: 'thing',
  attributes: {
    text: str({}),
    number: num({}),
    flag: bool({}),
    list: strings({}),
    map: stringMap({}),
    things: objects({ computed: true }, { name: 'string', tags: ['map', 'string'] }),
  },
  blocks: { rule: { nesting: 'list', attributes: { days: num({}) } } },
});
const codec = new Codec(msgpack);

function maybe<T>(value: fc.Arbitrary<T>) {
  return fc.oneof(value, fc.constant(null), fc.constant(UNKNOWN));
}

describe('Codec', () => {
  it('gives back what it was given', () => {
    const key = fc.string().filter((name) => name !== '__proto__');
    const values = fc.record({
      text: maybe(fc.string()),
      // Terraform's numbers know no negative zero.
      number: maybe(
        fc.oneof(
          fc.integer(),
          fc.double({ noNaN: true }).map((number) => number + 0),
        ),
      ),
      flag: maybe(fc.boolean()),
      list: maybe(fc.array(maybe(fc.string()))),
      map: maybe(fc.dictionary(key, maybe(fc.string()), { noNullPrototype: true })),
      rule: fc.oneof(fc.array(fc.record({ days: maybe(fc.integer()) })), fc.constant(UNKNOWN)),
    });
    fc.assert(
      fc.property(values, (given) => {
        expect(codec.decode(table, codec.encode(table, given))).toEqual(conform(table, given));
      }),
      { numRuns: 200 },
    );
  });

  it('never fails otherwise than with a refusal, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          codec.decode(table, { msgpack: bytes });
        } catch (error) {
          expect((error as { summary: string }).summary).toBe('malformed value');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads numbers that travel as text, and extensions that describe an unknown value', () => {
    const bytes = msgpack.encode({ number: '1e21', text: new msgpack.ExtData(12, new Uint8Array(4)) });
    expect(codec.decode(table, { msgpack: bytes })).toMatchObject({ number: 1e21, text: UNKNOWN });
  });

  it.each([
    [{ number: 'many' }, 'number: expected a number, got a value of type string'],
    [{ flag: 1 }, 'flag: expected true or false, got a value of type number'],
    [{ list: 'x' }, 'list: expected a list, got a value of type string'],
    [{ map: ['x'] }, 'the value: expected an object, got a list'],
    [{ things: [{ name: 1 }] }, 'things: expected text, got a value of type number'],
  ])('refuses %j', (value, reason) => {
    expect(() => codec.decode(table, { msgpack: msgpack.encode(value) })).toThrow(reason);
  });

  it('knows an object that does not exist', () => {
    expect(codec.decode(table, codec.encode(table, null))).toBeNull();
  });
});

describe('Fields', () => {
  it('treats what is null or unknown as not there', () => {
    const fields = new AttributeValues(conform(table, { text: UNKNOWN, flag: false, number: 0, rule: [{ days: 1 }] }));
    expect([fields.str('text'), fields.bool('flag'), fields.num('number')]).toEqual([undefined, false, 0]);
    expect([fields.strings('list'), fields.map('map'), fields.block('rule')?.num('days')]).toEqual([[], {}, 1]);
    expect(() => fields.currentOrDeprecated('text', 'list')).toThrow('expected one of text and list, got neither');
  });
});
