import * as path from 'node:path';
import { App, LocalBackend, OssBackend, type TerraformStack } from 'cdktf';
import type { StateSettings } from './settings';

/** Gives a stack the state that the settings ask for. A local one lies in the deployment's own folder. */
export function configureBackend(stack: TerraformStack, settings: StateSettings, folder: string): void {
  const name = stack.node.id;
  if (settings.backend === 'oss') {
    const { bucket, region, prefix, tablestoreEndpoint, tablestoreTable } = settings;
    new OssBackend(stack, {
      bucket,
      region,
      prefix,
      key: stateKey(folder, name),
      encrypt: true,
      acl: 'private',
      tablestoreEndpoint,
      tablestoreTable,
    });
    return;
  }
  const stackFolder = path.resolve(App.of(stack).outdir, 'stacks', name);
  // Relative, so that a checkout can be moved and two machines synthesise the same.
  new LocalBackend(stack, { path: path.relative(stackFolder, path.join(folder, 'state', `${name}.tfstate`)) });
}

/** Where in a bucket, below the prefix, a stack's state is. */
export function stateKey(folder: string, stack: string): string {
  return `${path.basename(folder)}/${stack}.tfstate`;
}
