import * as fs from 'node:fs';
import * as path from 'node:path';
import { StackError } from './stack-run';

/**
 * Stacks that have resources by their states on this machine.
 *
 * @throws StackError for an empty file, which Terraform would take for a stack that was never deployed
 */
export function deployedStacks(folder: string): string[] {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return files
    .filter((name) => name.endsWith('.tfstate') && hasResources(path.join(folder, name)))
    .map((name) => path.basename(name, '.tfstate'));
}

function hasResources(file: string): boolean {
  const text = fs.readFileSync(file, 'utf8');
  if (text === '') {
    const name = path.relative('', file);
    throw new StackError(
      `expected a state in ${name}, got an empty file: put its last state back from ${name}.backup, or remove the file ` +
        'if nothing was deployed',
    );
  }
  try {
    const { resources = [] } = JSON.parse(text) as { resources?: readonly { readonly mode?: string }[] };
    return resources.some(({ mode }) => mode !== 'data');
  } catch {
    // Terraform says what is wrong with a state that is used.
    return false;
  }
}
