import * as fs from 'node:fs';
import * as path from 'node:path';

interface Manifest {
  readonly stacks: Readonly<
    Record<string, { readonly annotations: readonly { constructPath: string; level: string; message: string }[] }>
  >;
}

/** What constructs warned of when they were synthesised, each text once with all that it is about. */
export function synthWarnings(outdir: string): string[] {
  const { stacks } = JSON.parse(fs.readFileSync(path.join(outdir, 'manifest.json'), 'utf8')) as Manifest;
  const paths = new Map<string, Set<string>>();
  for (const { constructPath, level, message } of Object.values(stacks).flatMap(({ annotations }) => annotations)) {
    if (level === '@cdktf/warn') {
      paths.set(message, (paths.get(message) ?? new Set()).add(constructPath));
    }
  }
  return [...paths].map(([message, about]) => `${[...about].join(', ')}: ${message}`);
}
