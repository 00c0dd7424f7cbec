import { describe, expect, it, vi } from 'vitest';
import { validateSelect } from '../../../../lib/local-cloud/dla/engine/validate-select';
import { KnownShapes } from '../../../../lib/local-cloud/dla/engine/known-shapes';

describe('statements that differ in what they compare with', () => {
  it.each([
    ['select * from lake.small where id > 1', 'select * from lake.small where id > -200'],
    [`select a from t where a = 'x' and b <> 'y''s'`, `select a from t where a = '' and b <> '= 5'`],
    ['select a from t where a>=1 order by b limit 5', 'select a from t where a>=999 order by b limit 5'],
  ])('are parsed once: %s', (first, second) => {
    const shapes = new KnownShapes();
    const parse = vi.fn(validateSelect);
    shapes.validate(first, parse);
    expect(shapes.validate(second, parse)).toEqual(validateSelect(second));
    expect(parse).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['select * from t1', 'select * from t2'],
    ['select * from "a = 1"', 'select * from "a = 2"'],
    [`select '"' from a where x = '"'`, `select '"' from b where x = '"'`],
    ['select 1 as "=", 1 from a', 'select 1 as "=", 2 from a'],
    ['select a from t where a = 1', 'select a from t where a = 1.5.1'],
    ['select a from t where a = 1', 'select a from t where a = 1x'],
    ['select a from t limit 1', 'select a from t limit 1.5'],
    [`select a from t where a = date '2020-01-01'`, `select a from t where a = date '2020-99-01'`],
    ['select cast(a as decimal(10, 2)) from t', 'select cast(a as decimal(99, 2)) from t'],
    [`select a from t where a = 1`, `select a from t where a = '`],
  ])('and those that differ in more are not: %s, %s', (first, second) => {
    const shapes = new KnownShapes();
    const parse = vi.fn(validateSelect);
    shapes.validate(first, parse);
    try {
      shapes.validate(second, parse);
    } catch {
      // Only whether it was parsed is asked here.
    }
    expect(parse).toHaveBeenCalledTimes(2);
  });

  it('keeps nothing of a mistake', () => {
    const shapes = new KnownShapes();
    expect(() => shapes.validate('select from t where a = 1', validateSelect)).toThrow(/from/);
    expect(() => shapes.validate('select from t where a = 2', validateSelect)).toThrow(/from/);
  });
});
