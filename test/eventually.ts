import { vi } from 'vitest';

/** Tries `check` again until it passes. Long enough for a loaded machine, which vitest's own second is not. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 20_000 });
}
