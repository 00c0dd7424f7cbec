import * as fs from 'node:fs';
import * as path from 'node:path';
import { cloudCredentials, type Environment, NO_CLOUD_CREDENTIALS } from '../smoke/environment';
import type { ComparedStack, StateDocument } from './documents';
import { lookIntoBucket, type StateBucket } from './oss-states';
import { recordedIn, recordedStack } from './recorded-stack';
import { PlanError } from './stack-plan';
import { StatePlace } from './state-place';
import type { SynthesizedStackFolder } from './synthesized-app';

/** Arguments of a backend with which it works with other keys than those in the environment. */
const OTHER_KEYS = [
  ...['access_key', 'secret_key', 'profile', 'shared_credentials_file', 'ecs_role_name'],
  ...['assume_role', 'assume_role_role_arn', 'assume_role_with_oidc', 'sts_endpoint'],
];

/** Stacks that are deployed, but not in the code. */
export interface GoneStacks {
  readonly stacks: readonly ComparedStack[];
  /** Where nobody has looked for them, and why. */
  readonly unsearched: readonly string[];
}

/** A kind of place with states of an app. */
interface Search {
  /** What `places` are in. */
  readonly bucket?: StateBucket;
  readonly known: Set<string>;
  readonly places: StatePlace[];
}

/**
 * Stacks that are deployed, but no longer in the code: states that lie beside those of the app, on this machine or in OSS.
 *
 * @throws PlanError for a state that cannot be read, and where states cannot be listed
 */
export async function goneStacks(
  stacks: readonly SynthesizedStackFolder[],
  env: Environment,
  signal: AbortSignal,
): Promise<GoneStacks> {
  const searches = new Map<string, Search>();
  const unsearched = new Set<string>();
  for (const stack of stacks) {
    const found = placeOfState(stack, env);
    if (typeof found === 'string') {
      unsearched.add(found);
      continue;
    }
    const { place, bucket } = found;
    const key = JSON.stringify([bucket?.endpoint, bucket?.region, bucket?.bucket]);
    const search: Search = searches.get(key) ?? { bucket, known: new Set(), places: [] };
    searches.set(key, search);
    search.known.add(place);
    const places = StatePlace.of(place, stack.name);
    search.places.push(...places);
    if (places.length === 0) {
      unsearched.add(`beside the state of ${stack.name}, whose place does not tell the name of the stack`);
    }
  }
  const found: ComparedStack[] = [];
  for (const search of searches.values()) {
    const states = search.bucket === undefined ? onThisMachine(search) : await inBucket(search, search.bucket, signal);
    found.push(...[...states.values()].map(({ name, state }) => recordedStack(name, state)));
  }
  return { stacks: found.filter(({ state }) => recordedIn(state).length > 0), unsearched: [...unsearched] };
}

/** @returns why it is not known, otherwise */
function placeOfState(
  { name, folder, configuration: { terraform = {} } }: SynthesizedStackFolder,
  env: Environment,
): { readonly place: string; readonly bucket?: StateBucket } | string {
  const { local = {}, oss, ...others } = terraform.backend ?? {};
  const [elsewhere] = [...Object.keys(others), ...(terraform.cloud === undefined ? [] : ['cloud'])];
  if (elsewhere !== undefined) {
    return `in the backend ${elsewhere}`;
  }
  const workspace = env.TF_WORKSPACE || 'default';
  if (oss === undefined) {
    const given = (argument: string, otherwise: string) =>
      typeof local[argument] === 'string' ? local[argument] : otherwise;
    const file =
      workspace === 'default'
        ? path.resolve(folder, given('path', 'terraform.tfstate'))
        : // Whatever its path is otherwise.
          path.resolve(folder, given('workspace_dir', 'terraform.tfstate.d'), workspace, 'terraform.tfstate');
    return { place: path.relative('', file).split(path.sep).join('/') };
  }
  const text = (argument: string) => (typeof oss[argument] === 'string' ? oss[argument] : undefined);
  const [bucket, region] = [text('bucket'), text('region') ?? env.ALICLOUD_REGION ?? env.ALICLOUD_DEFAULT_REGION];
  const credentials = cloudCredentials(env);
  const keys = OTHER_KEYS.filter((argument) => oss[argument] !== undefined);
  if (credentials === undefined || keys.length > 0) {
    const why = keys.length > 0 ? `it is given ${keys.join(', ')}` : NO_CLOUD_CREDENTIALS;
    return `in the backend oss, where only the keys in the environment are used: ${why}`;
  }
  if (bucket === undefined || region === undefined) {
    return `in the backend oss of ${name}, whose bucket or region is not known`;
  }
  const place = path.posix.join(
    text('prefix') ?? 'env:',
    workspace === 'default' ? '' : workspace,
    text('key') ?? 'terraform.tfstate',
  );
  return { place, bucket: { bucket, region, endpoint: text('endpoint'), credentials, env } };
}

/** A state that is found, and the stack it is of. */
interface FoundState {
  readonly name: string;
  readonly state: StateDocument;
}

/** @returns by place, for stacks of a name may lie in several */
function onThisMachine({ known, places }: Search): Map<string, FoundState> {
  const states = new Map<string, FoundState>();
  for (const place of places) {
    for (const entry of ifThere(place.folder || '.', (folder) => fs.readdirSync(folder)) ?? []) {
      const name = place.stackOf(entry);
      const file = name === undefined ? undefined : place.placeOf(name);
      if (name === undefined || file === undefined || known.has(file) || states.has(file)) {
        continue;
      }
      const text = ifThere(file, () => (fs.statSync(file).isFile() ? fs.readFileSync(file, 'utf8') : undefined));
      if (text !== undefined) {
        states.set(file, { name, state: stateOf(text, file) });
      }
    }
  }
  return states;
}

/**
 * @returns undefined where there is no such file
 * @throws PlanError where it cannot be read
 */
function ifThere<T>(place: string, read: (place: string) => T): T | undefined {
  try {
    return read(place);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    // A plain file may lie where a stack would have its folder.
    if (['ENOENT', 'ENOTDIR'].includes(code)) {
      return undefined;
    }
    throw new PlanError(
      `stacks that are deployed, but not in the code, cannot be looked for on this machine: ${message}`,
    );
  }
}

function inBucket(
  { known, places }: Search,
  bucket: StateBucket,
  signal: AbortSignal,
): Promise<Map<string, FoundState>> {
  return lookIntoBucket(bucket, signal, async ({ list, read }) => {
    const names = new Map<string, string>();
    for (const start of new Set(places.map((place) => place.start))) {
      for (const key of await list(start)) {
        const name = places.map((place) => place.stackAt(key)).find((one) => one !== undefined);
        if (name !== undefined && !known.has(key)) {
          names.set(key, name);
        }
      }
    }
    const states = new Map<string, FoundState>();
    for (const [key, name] of names) {
      const place = `oss://${bucket.bucket}/${key}`;
      const text = await read(key).catch((error: Error) => {
        throw new PlanError(
          `${place} cannot be read: ${error.message}: let the keys read it, or keep what belongs to others below another prefix`,
        );
      });
      states.set(key, { name, state: stateOf(text ?? '', place) });
    }
    return states;
  }).catch((error: Error) => {
    throw signal.aborted || error instanceof PlanError
      ? error
      : new PlanError(
          `stacks that are deployed, but not in the code, cannot be looked for in bucket ${bucket.bucket}: ${error.message}`,
        );
  });
}

/** @throws PlanError where there is none */
function stateOf(text: string, place: string): StateDocument {
  try {
    // As Terraform takes an empty file.
    const state: unknown = text.trim() === '' ? { version: 4 } : JSON.parse(text);
    if (typeof state === 'object' && state !== null && 'version' in state) {
      return state as StateDocument;
    }
  } catch {
    // Told below.
  }
  throw new PlanError(
    `expected a state in ${place}, got something else: put its last state back, or remove it if nothing was deployed`,
  );
}
