import { CloudError } from '../account/cloud-error';
import { internalError } from '../account/internal-error';
import type { AttributePath, Diagnostic } from './wire';

/** Where in a configuration something stands: names of arguments and blocks, and positions in lists. */
export type Path = readonly (string | number)[];

export function attributePath(path: Path): AttributePath {
  return { steps: path.map((at) => (typeof at === 'string' ? { attribute_name: at } : { element_key_int: at })) };
}

export function errorAt(path: Path, summary: string, detail: string): Diagnostic {
  return { severity: 1, summary, detail, attribute: attributePath(path) };
}

export function warningAt(path: Path, summary: string, detail: string): Diagnostic {
  return { severity: 2, summary, detail, attribute: attributePath(path) };
}

/** A request that the provider refuses before it calls any service. */
export class ProviderError extends Error {
  constructor(
    public readonly summary: string,
    public readonly detail: string,
    public readonly path?: Path,
  ) {
    super(`${summary}: ${detail}`);
  }
}

/** What Terraform shows for an error; `doing` tells what was tried, e.g. `cannot create alicloud_ram_role`. */
export function diagnosticOf(error: unknown, doing: string): Diagnostic {
  if (error instanceof CloudError) {
    return { severity: 1, summary: `${doing}: ${error.code}`, detail: error.message };
  }
  if (error instanceof ProviderError) {
    const { summary, detail, path } = error;
    return { severity: 1, summary, detail, ...(path && { attribute: attributePath(path) }) };
  }
  return { severity: 1, summary: `${doing}: the local cloud failed`, detail: internalError(doing, error) };
}
