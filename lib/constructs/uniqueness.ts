import { type TerraformResource, Token } from 'cdktf';
import type { IConstruct } from 'constructs';
import { givenName, withReferences } from './references';
import { isInTree } from './tree';

const owners = new WeakMap<IConstruct, Map<string, IConstruct>>();

/**
 * Says that a construct makes, or uses for itself, something that there is only once. Two constructs of an app that say
 * so of the same thing are an error at synth.
 *
 * @param key tells this thing from all others of the app; a function where a provider that is made later may change it
 * @param error what is wrong, given the path of the construct that was first
 */
export function registerUnique(
  construct: IConstruct,
  key: string | (() => string),
  error: (first: string) => string,
): void {
  const all = registeredIn(construct);
  const now = typeof key === 'string' ? key : key();
  const first = all.get(now);
  if (first) {
    // Whoever was first may be taken out of the app again.
    construct.node.addValidation({ validate: () => (isInTree(first) ? [error(first.node.path)] : []) });
    return;
  }
  all.set(now, construct);
  if (typeof key === 'function') {
    construct.node.addValidation({
      validate: () => {
        const atSynth = key();
        const other = atSynth === now ? undefined : all.get(atSynth);
        return other !== undefined && isInTree(other) ? [error(other.node.path)] : [];
      },
    });
  }
}

/** The construct of the app that claimed a thing first. */
export function ownerOf(scope: IConstruct, key: string): IConstruct | undefined {
  return registeredIn(scope).get(key);
}

function registeredIn(scope: IConstruct): Map<string, IConstruct> {
  const claims = owners.get(scope.node.root) ?? new Map<string, IConstruct>();
  owners.set(scope.node.root, claims);
  return claims;
}

/** The name of a thing as text where it is known, else Terraform's reference to it. */
export function knownName(thing: IConstruct & { readonly resource?: TerraformResource }, name: () => string): string {
  const given = givenName(thing.resource);
  return given === undefined || Token.isUnresolved(given) ? name() : given;
}

/**
 * What tells a thing from others: its name or id where it is known, else the path of the construct that makes it, or
 * the reference that somebody gave for a name.
 */
export function identityOf(thing: IConstruct & { readonly resource?: TerraformResource }, name: () => string): string {
  const known = knownName(thing, name);
  if (!Token.isUnresolved(known)) {
    return known;
  }
  return thing.resource ? thing.node.path : withReferences(thing, known);
}

/** What tells an MQ instance from others. The id of one that is made here is a token that need not be made for it. */
export function instanceIdentity(
  instance: IConstruct & { readonly resource?: TerraformResource; readonly instanceId: string },
): string {
  return instance.resource ? instance.node.path : identityOf(instance, () => instance.instanceId);
}
