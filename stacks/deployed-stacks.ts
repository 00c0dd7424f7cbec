import * as fs from 'node:fs';
import * as path from 'node:path';
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

/**
 * Stacks beside the given ones that have resources by their states, or may have: a state in a bucket that cannot be read.
 *
 * @throws StackError for a file that Terraform would take for a stack that was never deployed
 * @throws Error when the states in a bucket cannot be listed, or not all of them
 */
export function otherDeployedStacks(known: readonly string[], search: StateSearch): Promise<string[]> {
  const { state } = search;
  return state.backend === 'oss'
    ? inBucket(state, known, search)
    : Promise.resolve(onThisMachine(path.join(search.folder, 'state'), known));
}

function onThisMachine(folder: string, known: readonly string[]): string[] {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return stacksOf(files).filter((name) => {
    const file = path.join(folder, `${name}${EXTENSION}`);
    const hasAny = hasResources(fs.readFileSync(file, 'utf8'));
    if (hasAny === undefined) {
      const shown = path.relative('', file);
      throw new StackError(
        `expected a state in ${shown}, got something else: put its last state back from ${shown}.backup, or remove ` +
          'the file if nothing was deployed',
      );
    }
    return hasAny && !known.includes(name);
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
    return others.filter((_name, index) => hasResources(texts[index]) ?? true);
  });
}

function stacksOf(files: readonly string[]): string[] {
  return files.filter((name) => name.endsWith(EXTENSION)).map((name) => path.basename(name, EXTENSION));
}

/** Whether a state has resources; undefined when it is none. */
function hasResources(text: string): boolean | undefined {
  try {
    const { version, resources = [] } = JSON.parse(text) as {
      version?: unknown;
      resources?: readonly { readonly mode?: string }[];
    };
    return version === undefined ? undefined : resources.some(({ mode }) => mode !== 'data');
  } catch {
    return undefined;
  }
}
