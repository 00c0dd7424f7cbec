import { TextError } from '../date-text';

/** A value as a function here gets it: a timestamp is its microseconds, binary data a Buffer. */
export type Item = string | number | bigint | boolean | Buffer | null | readonly (string | number | bigint | null)[];

/**
 * Types in one letter: `s` varchar, `i` bigint, `d` double, `f` float, `b` boolean, `x` blob, `t` timestamp; in upper
 * case a list of them.
 */
export interface ScalarFunction {
  readonly params: string;
  readonly result: string;
  readonly takesNull: boolean;
  // The types that `params` names; a table of functions of different types has no other type in common.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly call: (...args: any[]) => Item | undefined;
}

export function fn(signature: string, call: ScalarFunction['call'], takesNull = false): ScalarFunction {
  const [params, result] = signature.split(':');
  return { params, result, takesNull, call };
}

export const fail = (text: string): never => {
  throw new TextError(text);
};

export const points = (text: string): string[] => [...text];

export const MAX_BIGINT = 9223372036854775807n;

export type Functions = Readonly<Record<string, ScalarFunction>>;
