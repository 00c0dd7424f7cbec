import * as fs from 'node:fs';
import * as path from 'node:path';
import type { StateDocument } from '../lib/check-plan/documents';
import { lookIntoBucket, type OssStates, type StateBucket } from '../lib/check-plan/oss-states';
import { recordedIn } from '../lib/check-plan/recorded-stack';
import { cloudCredentials, NO_CLOUD_CREDENTIALS } from '../lib/smoke/environment';
import type { StateSettings } from './settings';
import { StackError } from './stack-run';
import { stateKey } from './stack-state';

const EXTENSION = '.tfstate';

type OssState = Extract<StateSettings, { backend: 'oss' }>;

/** Where states are looked for. */
export interface StateSearch {
  readonly state: StateSettings;
  /** The deployment's own folder. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** A stack that is deployed, or may be. */
export interface DeployedStack {
  readonly name: string;
  /** @default - it cannot be read */
  readonly state?: StateDocument;
}

/**
 * Stacks beside the given ones that have resources by their states, or may have: a state in a bucket that cannot be read.
 *
 * @throws StackError for a file that Terraform would take for a stack that was never deployed
 * @throws Error when the states in a bucket cannot be listed, or not all of them
 */
export function otherDeployedStacks(known: readonly string[], search: StateSearch): Promise<DeployedStack[]> {
  const { state } = search;
  return state.backend === 'oss'
    ? inBucket(state, known, search)
    : Promise.resolve(onThisMachine(path.join(search.folder, 'state'), known));
}

function onThisMachine(folder: string, known: readonly string[]): DeployedStack[] {
  return statesIn(folder).flatMap(({ name, file, state }) => {
    if (state === undefined) {
      const shown = path.relative('', file);
      throw new StackError(
        `expected a state in ${shown}, got something else: put its last state back from ${shown}.backup, or remove ` +
          'the file if nothing was deployed',
      );
    }
    return hasResources(state) && !known.includes(name) ? [{ name, state }] : [];
  });
}

/** Stacks that other settings files have deployed from this checkout, with states on this machine. */
export function stacksOfOtherSettings(folder: string): DeployedStack[] {
  return otherDeployments(folder).flatMap((deployment) =>
    statesIn(path.join(deployment, 'state')).flatMap(({ name, state }) =>
      // What is damaged is told when that one is deployed.
      state === undefined || !hasResources(state) ? [] : [{ name: `${path.basename(deployment)}/${name}`, state }],
    ),
  );
}

/**
 * Stacks that other settings files have deployed, with states in OSS: from this checkout, and those whose states are in the
 * same bucket below the same prefix. A place that cannot be looked into stands for its stacks.
 *
 * @throws Error where there are no keys for it
 */
export async function stacksOfOtherSettingsInOss(search: StateSearch): Promise<DeployedStack[]> {
  const { folder, env, signal, state } = search;
  const unread: DeployedStack[] = [];
  const places = otherDeployments(folder)
    .flatMap(synthesizedStacks)
    .flatMap(({ name, file }) => {
      try {
        return placeInOss(file);
      } catch {
        unread.push({ name });
        return [];
      }
    });
  if (state.backend === 'oss') {
    const bucket = bucketOf(state, env);
    try {
      const keys = await lookIntoBucket(bucket, signal, ({ list }) => list(prefixOf(state)));
      places.push(...keys.map((key) => ({ bucket: state.bucket, region: state.region, key })));
    } catch (error) {
      throwIfAborted(signal, error);
      unread.push({ name: `oss://${path.posix.join(state.bucket, prefixOf(state))}` });
    }
  }
  const own = path.posix.join(state.backend === 'oss' ? state.prefix : '', path.basename(folder));
  const distant: DeployedStack[] = [];
  for (const { bucket, region, key } of uniquePlaces(places)) {
    const isOwn = state.backend === 'oss' && bucket === state.bucket && path.posix.dirname(key) === own;
    if (!isOwn && key.endsWith(EXTENSION)) {
      const name = key.slice(0, -EXTENSION.length).split('/').slice(-2).join('/');
      const place = bucketOf({ bucket, region }, env);
      try {
        distant.push(
          ...(await lookIntoBucket(place, signal, (states, limited) => deployedStack(name, key, states, limited))),
        );
      } catch (error) {
        throwIfAborted(signal, error);
        distant.push({ name });
      }
    }
  }
  return [...unread, ...distant];
}

function throwIfAborted(signal: AbortSignal, error: unknown): void {
  if (signal.aborted) {
    throw error;
  }
}

function otherDeployments(folder: string): string[] {
  const deployments = path.dirname(folder);
  const others = fs.readdirSync(deployments).filter((name) => name !== path.basename(folder));
  return others.map((name) => path.join(deployments, name));
}

/** Those that may be of an account. */
export function stacksOfAccount(stacks: readonly DeployedStack[], accountId: string | undefined): DeployedStack[] {
  return stacks.filter(({ state }) => {
    const owner = state && ownerOf(state);
    return owner === undefined || accountId === undefined || owner === accountId;
  });
}

/** The account that a state belongs to, as `StateOwner` writes it down. */
export function ownerOf(state: StateDocument): string | undefined {
  const owner = recordedIn(state).find(({ address }) => address.startsWith('terraform_data.state-owner_'));
  const output = owner?.values.output as { readonly value?: { readonly account_id?: string } } | undefined;
  return output?.value?.account_id;
}

interface StateFile {
  readonly name: string;
  readonly file: string;
  /** @default - the file has none */
  readonly state?: StateDocument;
}

function statesIn(folder: string): StateFile[] {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return stacksOf(files).map((name) => {
    const file = path.join(folder, `${name}${EXTENSION}`);
    return { name, file, state: stateOf(fs.readFileSync(file, 'utf8')) };
  });
}

interface PlaceInOss {
  readonly bucket: string;
  readonly region: string;
  readonly key: string;
}

/** The stacks of a deployment that were synthesised last. */
function synthesizedStacks(deployment: string): { readonly name: string; readonly file: string }[] {
  const stacks = path.join(deployment, 'cdktf.out', 'stacks');
  return (fs.existsSync(stacks) ? fs.readdirSync(stacks) : [])
    .map((name) => ({
      name: `${path.basename(deployment)}/${name}`,
      file: path.join(stacks, name, 'cdk.tf.json'),
    }))
    .filter(({ file }) => fs.existsSync(file));
}

/**
 * Where a synthesised stack has its state, if that is in OSS.
 *
 * @throws Error where it does not tell
 */
function placeInOss(file: string): PlaceInOss[] {
  const { terraform } = JSON.parse(fs.readFileSync(file, 'utf8')) as {
    readonly terraform?: { readonly backend?: { readonly oss?: Partial<PlaceInOss> & { readonly prefix?: string } } };
  };
  const oss = terraform?.backend?.oss;
  if (oss === undefined) {
    return [];
  }
  // As Terraform has them where they are left out.
  const { bucket, region, prefix = 'env:', key = 'terraform.tfstate' } = oss;
  if (bucket === undefined || region === undefined) {
    throw new Error(`expected bucket and region of the state in ${file}, got none`);
  }
  return [{ bucket, region, key: path.posix.join(prefix, key) }];
}

function uniquePlaces(places: readonly PlaceInOss[]): PlaceInOss[] {
  return [...new Map(places.map((place) => [`${place.bucket}/${place.key}`, place])).values()];
}

function prefixOf({ prefix }: OssState): string {
  return prefix === '' ? '' : `${path.posix.join(prefix)}/`;
}

function inBucket(state: OssState, known: readonly string[], { folder, env, signal }: StateSearch) {
  return lookIntoBucket(bucketOf(state, env), signal, async (states, limited) => {
    const keyOf = (name: string) => path.posix.join(state.prefix, stateKey(folder, name));
    const keys = await states.list(keyOf('').slice(0, -EXTENSION.length));
    const names = stacksOf(keys.map((key) => path.posix.basename(key))).filter((name) => !known.includes(name));
    const read = names.map((name) => deployedStack(name, keyOf(name), states, limited));
    return (await Promise.all(read)).flat();
  });
}

/** @throws Error where there are no keys for it */
function bucketOf({ bucket, region }: Pick<OssState, 'bucket' | 'region'>, env: NodeJS.ProcessEnv): StateBucket {
  const credentials = cloudCredentials(env);
  if (credentials === undefined) {
    throw new Error(NO_CLOUD_CREDENTIALS);
  }
  return { bucket, region, credentials, env };
}

/** None where it has no resources. */
async function deployedStack(
  name: string,
  key: string,
  { read }: OssStates,
  signal: AbortSignal,
): Promise<DeployedStack[]> {
  const text = await read(key).catch((error: Error) => {
    if (signal.aborted) {
      throw error;
    }
    return '';
  });
  const state = text === undefined ? { resources: [] } : stateOf(text);
  return state === undefined || hasResources(state) ? [{ name, state }] : [];
}

function stacksOf(files: readonly string[]): string[] {
  return files.filter((name) => name.endsWith(EXTENSION)).map((name) => path.basename(name, EXTENSION));
}

/** Undefined when it is none. */
function stateOf(text: string): StateDocument | undefined {
  try {
    const state = JSON.parse(text) as StateDocument & { version?: unknown };
    return state.version === undefined ? undefined : state;
  } catch {
    return undefined;
  }
}

function hasResources({ resources = [] }: StateDocument): boolean {
  return resources.some(({ mode }) => mode !== 'data');
}
