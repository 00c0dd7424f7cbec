import { MQ_INSTANCE_ID } from '../../cloud/names';
import { expectedInstead } from '../../cloud/rule';

/** A topic or group of an instance, as names on the wire tell it. */
export interface InstanceName {
  readonly instanceId: string;
  /** A topic, a group, or the queue of a group's retries or dead letters: `%RETRY%GID_a`. */
  readonly name: string;
}

const FULL_NAME = /^(%RETRY%|%DLQ%)?([^%]+)%([^%]+)$/;

/** Undefined for a name that does not tell its instance. */
export function parseName(fullName: string): InstanceName | undefined {
  const [, prefix = '', instanceId, name] = FULL_NAME.exec(fullName) ?? [];
  return instanceId === undefined || expectedInstead(MQ_INSTANCE_ID, instanceId) !== undefined
    ? undefined
    : { instanceId, name: prefix + name };
}

/** The reverse of `parseName`. */
export function fullName({ instanceId, name }: InstanceName): string {
  const [, prefix = '', rest] = /^(%RETRY%|%DLQ%)?(.*)$/s.exec(name)!;
  return `${prefix}${instanceId}%${rest}`;
}
