import { DefaultTokenResolver, StringConcat, Tokenization } from 'cdktf';
import type { IConstruct } from 'constructs';

/** A value with cdktf's tokens as the references that Terraform gets to see, e.g. `${var.instance_id}`. */
export function withReferences<T>(scope: IConstruct, value: T): T {
  const resolver = new DefaultTokenResolver(new StringConcat());
  return Tokenization.resolve(value, { scope, resolver, preparing: false }) as T;
}
