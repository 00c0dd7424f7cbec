import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ComparedStack } from './documents';
import { recordedIn, recordedStack } from './recorded-stack';
import { readJson, type SynthesizedStackFolder } from './synthesized-app';

/**
 * Stacks that are deployed, but no longer in the code: states on this machine that lie beside those of the app.
 *
 * @throws UsageError for a file that has no state
 */
export function goneStacks(stacks: readonly SynthesizedStackFolder[]): ComparedStack[] {
  const known = new Set(stacks.flatMap((stack) => localState(stack) ?? []));
  const files = new Map<string, string>();
  for (const stack of stacks) {
    const state = localState(stack);
    const [before, after] = state === undefined ? [] : path.basename(state).split(stack.name, 2);
    if (state === undefined || after === undefined || !fs.existsSync(path.dirname(state))) {
      continue;
    }
    for (const entry of fs.readdirSync(path.dirname(state))) {
      const file = path.join(path.dirname(state), entry);
      if (entry.startsWith(before) && entry.endsWith(after) && !known.has(file)) {
        files.set(file, entry.slice(before.length, entry.length - after.length));
      }
    }
  }
  return [...files]
    .map(([file, name]) =>
      recordedStack(name, readJson(file, 'put its last state back, or remove the file if nothing was deployed')),
    )
    .filter(({ state }) => recordedIn(state).length > 0);
}

/** Kinds of places of states in which nobody looks for those of stacks that are gone. */
export function backendsElsewhere(stacks: readonly SynthesizedStackFolder[]): string[] {
  const kinds = stacks.flatMap(({ configuration: { terraform } }) => [
    ...Object.keys(terraform?.backend ?? {}),
    ...(terraform?.cloud === undefined ? [] : ['cloud']),
  ]);
  return [...new Set(kinds.filter((kind) => kind !== 'local'))];
}

function localState({ folder, configuration }: SynthesizedStackFolder): string | undefined {
  const file = configuration.terraform?.backend?.local?.path;
  return typeof file === 'string' ? path.resolve(folder, file) : undefined;
}
