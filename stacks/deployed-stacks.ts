import * as fs from 'node:fs';
import * as path from 'node:path';
import type { StateDocument } from '../lib/check-plan/documents';
import { recordedIn } from '../lib/check-plan/recorded-stack';
import { cloudCredentials, NO_CLOUD_CREDENTIALS } from '../lib/smoke/environment';
import { withTimeLimit } from '../lib/smoke/http';
import { askOss } from '../lib/smoke/oss';
import type { StateSettings } from './settings';
import { StackError } from './stack-run';
import { stateKey } from './stack-state';

/** Time to look through the states in a bucket. */
const LOOK_MILLIS = 20_000;
/** Most that OSS lists at once. */
const MAX_STATES = 1000;
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

/**
 * Stacks that other settings files have deployed from this checkout, with states on this machine.
 *
 * @param folder the own deployment's
 * @param accountId account that they share, if it is known
 */
export function stacksOfOtherSettings(folder: string, accountId: string | undefined): DeployedStack[] {
  const deployments = path.dirname(folder);
  return fs.readdirSync(deployments).flatMap((deployment) =>
    deployment === path.basename(folder)
      ? []
      : statesIn(path.join(deployments, deployment, 'state')).flatMap(({ name, state }) => {
          const owner = state && ownerOf(state);
          const isElsewhere = owner !== undefined && accountId !== undefined && owner !== accountId;
          // What is damaged is told when that one is deployed.
          return state === undefined || isElsewhere || !hasResources(state)
            ? []
            : [{ name: `${deployment}/${name}`, state }];
        }),
  );
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

async function inBucket(state: OssState, known: readonly string[], { folder, env, signal }: StateSearch) {
  const credentials = cloudCredentials(env);
  if (credentials === undefined) {
    throw new Error(NO_CLOUD_CREDENTIALS);
  }
  const { bucket, region } = state;
  // As Terraform's own backend finds OSS.
  const endpoint = env.ALICLOUD_OSS_ENDPOINT || env.OSS_ENDPOINT;
  return withTimeLimit(LOOK_MILLIS, signal, async (limited) => {
    const get = async (key: string, parameters?: Readonly<Record<string, string>>) => {
      const { status, code, body } = await askOss({
        ...{ method: 'GET', region, bucket, key, parameters, credentials },
        ...{ env: { ...env, OSS_ENDPOINT: endpoint }, signal: limited },
      });
      if (status !== 200) {
        throw new Error(`OSS answered ${status} ${code ?? ''}`.trimEnd());
      }
      return body;
    };
    const keyOf = (name: string) => path.posix.join(state.prefix, stateKey(folder, name));
    const list = await get('', { prefix: keyOf('').slice(0, -EXTENSION.length), 'max-keys': String(MAX_STATES) });
    if (/<IsTruncated>\s*true/.test(list)) {
      throw new Error(`expected at most ${MAX_STATES} states, got more`);
    }
    const keys = [...list.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => path.posix.basename(key));
    const others = stacksOf(keys).filter((name) => !known.includes(name));
    const texts = await Promise.all(
      others.map((name) =>
        get(keyOf(name)).catch((error: Error) => {
          if (limited.aborted) {
            throw error;
          }
          return '';
        }),
      ),
    );
    return others
      .map((name, index) => ({ name, state: stateOf(texts[index]) }))
      .filter(({ state }) => state === undefined || hasResources(state));
  });
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
