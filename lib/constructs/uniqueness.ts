import { type TerraformResource, Token } from 'cdktf';
import type { IConstruct } from 'constructs';
import { givenName, overriddenName, withReferences } from './references';
import { isInTree } from './tree';

/** What the constructs of an app say, in their order. */
class Claims {
  /** By what their keys were when they were made. */
  private readonly byKey = new Map<string, IConstruct[]>();
  /** Those whose keys may change, and, for the moment of a synth, by their keys. */
  private readonly changing: { readonly construct: IConstruct; readonly key: () => string }[] = [];
  private changingByKey: Map<string, IConstruct[]> | undefined;

  public add(construct: IConstruct, key: string | (() => string)): void {
    addTo(this.byKey, typeof key === 'string' ? key : key(), construct);
    if (typeof key !== 'string') {
      this.changing.push({ construct, key });
      this.changingByKey = undefined;
    }
  }

  /** The first that says so, and that still stands in the app. */
  public first(key: string | (() => string)): IConstruct | undefined {
    return typeof key === 'string'
      ? this.byKey.get(key)?.find(isInTree)
      : this.changingNow().get(key())?.find(isInTree);
  }

  private changingNow(): Map<string, IConstruct[]> {
    if (this.changingByKey === undefined) {
      const byKey = new Map<string, IConstruct[]>();
      this.changing.forEach(({ construct, key }) => addTo(byKey, key(), construct));
      this.changingByKey = byKey;
      queueMicrotask(() => {
        this.changingByKey = undefined;
      });
    }
    return this.changingByKey;
  }
}

function addTo(all: Map<string, IConstruct[]>, key: string, construct: IConstruct): void {
  const found = all.get(key);
  if (found) {
    found.push(construct);
  } else {
    all.set(key, [construct]);
  }
}

const claimsOfApps = new WeakMap<IConstruct, Claims>();

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
  const claims = claimsIn(construct);
  claims.add(construct, key);
  construct.node.addValidation({
    validate: () => {
      const first = claims.first(key);
      return [
        ...(first === undefined || first === construct ? [] : [error(first.node.path)]),
        ...overriddenName((construct as { readonly resource?: TerraformResource }).resource),
      ];
    },
  });
}

/** The construct of the app that claimed a thing first. */
export function ownerOf(scope: IConstruct, key: string): IConstruct | undefined {
  return claimsIn(scope).first(key);
}

function claimsIn(scope: IConstruct): Claims {
  const claims = claimsOfApps.get(scope.node.root) ?? new Claims();
  claimsOfApps.set(scope.node.root, claims);
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
