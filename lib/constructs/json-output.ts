import { App } from 'cdktf';
import type { IConstruct } from 'constructs';
import { ConstructError } from './validation';

/**
 * Checks that an app is synthesised as JSON: cdktf writes HCL in which neither the quotes of policies and statements nor
 * the triggers of a smoke test can be parsed.
 *
 * @throws ConstructError
 */
export function assertJsonOutput(construct: IConstruct): void {
  const { root } = construct.node;
  // `cdktf synth --hcl` sets the variable; cdktf itself reads it in two ways.
  if (App.isApp(root) && (root.hclOutput || process.env.SYNTH_HCL_OUTPUT === '1')) {
    throw new ConstructError(construct.node.path, [
      { property: 'hclOutput', received: 'true', allowed: 'false: cdktf writes no valid HCL of it, and valid JSON' },
    ]);
  }
}
