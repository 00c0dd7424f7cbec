import * as fs from 'node:fs';
import * as path from 'node:path';
import { UsageError } from '../cli/command-line';
import { nearest } from '../cli/nearest';
import type { SynthesizedCode } from './code-plan';
import { escaped } from './state-place';

/** What is needed of a synthesised stack. */
export interface StackConfiguration extends SynthesizedCode {
  readonly terraform?: {
    readonly backend?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly cloud?: unknown;
  };
  readonly data?: { readonly terraform_remote_state?: object };
}

/** One stack of an app, as cdktf has written it. */
export interface SynthesizedStackFolder {
  readonly name: string;
  readonly folder: string;
  readonly configuration: StackConfiguration;
}

/**
 * The stacks of an app.
 *
 * @param folder that `cdktf synth` writes
 * @throws UsageError where there are none
 */
export function readSynthesizedApp(folder: string): readonly SynthesizedStackFolder[] {
  const manifest = readJson(
    path.join(folder, 'manifest.json'),
    'run cdktf synth first, or name its folder by --output',
  );
  const stacks = Object.entries((manifest as { stacks?: Record<string, SynthesizedManifest> }).stacks ?? {});
  if (stacks.length === 0) {
    throw new UsageError(`expected stacks in ${path.join(folder, 'manifest.json')}, got none`);
  }
  return stacks.map(([name, { synthesizedStackPath = '' }]) => {
    const file = path.join(folder, synthesizedStackPath);
    if (!file.endsWith('.json')) {
      throw new UsageError(
        `${name}: expected a stack synthesised as JSON, got ${file}: hclOutput of the app must be false`,
      );
    }
    const configuration = readJson(file, 'run cdktf synth again') as StackConfiguration;
    return { name, folder: path.dirname(file), configuration };
  });
}

interface SynthesizedManifest {
  readonly synthesizedStackPath?: string;
}

/** @throws UsageError with what to do where there is no object */
export function readJson(file: string, advice: string): object {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}): ${advice}`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) {
      return value;
    }
  } catch {
    // Told below.
  }
  throw new UsageError(`expected an object of JSON in ${file}, got something else: ${advice}`);
}

/**
 * The stacks that words name as cdktf takes them: `*` stands for any letters.
 *
 * @throws UsageError for a word that names none
 */
export function stacksNamed<T extends { readonly name: string }>(
  words: readonly string[],
  stacks: readonly T[],
): readonly T[] {
  if (words.length === 0) {
    return stacks;
  }
  const named = words.flatMap((word) => {
    const pattern = new RegExp(`^${word.split('*').map(escaped).join('.*')}$`);
    const found = stacks.filter(({ name }) => pattern.test(name));
    if (found.length === 0) {
      const names = stacks.map(({ name }) => name);
      const near = nearest(word, names);
      throw new UsageError(`expected a stack (${near ?? names.join(', ')}), got ${JSON.stringify(word)}`);
    }
    return found;
  });
  return stacks.filter((stack) => named.includes(stack));
}
