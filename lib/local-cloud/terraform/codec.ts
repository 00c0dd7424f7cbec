import type { ExtData as ExtDataType } from '@msgpack/msgpack';
import { ProviderError } from './diagnostics';
import { conform, UNKNOWN, type Container, type Value, type Values } from './values';
import type { DynamicValue } from './wire';

type Msgpack = typeof import('@msgpack/msgpack');

/** Values in and out of the form in which Terraform sends them. */
export class Codec {
  /** `msgpack`: the library, which is loaded only when Terraform calls. */
  constructor(private readonly msgpack: Msgpack) {}

  /** An object of a type, or null for one that does not exist. */
  public decode(container: Container, value: DynamicValue | null): Values | null {
    if (!value?.msgpack.length) {
      throw new ProviderError('malformed value', 'expected a value in MessagePack, got none');
    }
    let raw: unknown;
    try {
      raw = this.msgpack.decode(value.msgpack);
    } catch (error) {
      throw new ProviderError('malformed value', `the value is not MessagePack: ${(error as Error).message}`);
    }
    return raw === null ? null : conform(container, this.fromWire(raw));
  }

  public encode(container: Container, values: Values | null): DynamicValue {
    return { msgpack: this.msgpack.encode(values && this.toWire(conform(container, values))) };
  }

  /** Every extension stands for an unknown value, whatever it tells about it. */
  private fromWire(raw: unknown): unknown {
    if (raw instanceof this.msgpack.ExtData) {
      return UNKNOWN;
    }
    return mapMembers(raw, (member) => this.fromWire(member));
  }

  private toWire(value: Value): unknown {
    if (value === UNKNOWN) {
      return new this.msgpack.ExtData(0, new Uint8Array(1)) satisfies ExtDataType;
    }
    return mapMembers(value, (member) => this.toWire(member as Value));
  }
}

function mapMembers(value: unknown, change: (member: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(change);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member)]));
  }
  return value;
}
