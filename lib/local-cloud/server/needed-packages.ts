import * as fs from 'node:fs';
import * as path from 'node:path';
import { LocalCloudError } from '../store/local-cloud-error';

/** What is loaded when it is needed first, and must be there. */
const PACKAGES = [
  'mysql2',
  '@duckdb/node-api',
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  '@msgpack/msgpack',
  'fast-xml-parser',
];

/** @throws LocalCloudError that names all packages that are missing */
export function checkPackages(): void {
  const missing = PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length > 0) {
    throw new LocalCloudError(
      `the local cloud needs packages that are not installed: npm install ${missing.join(' ')}, ` +
        'or the package alicloud-local, which brings them all',
    );
  }
}

function isInstalled(name: string): boolean {
  // Nearly always it stands there, and a look is much quicker than to resolve it.
  if (require.resolve.paths(name)?.some((folder) => fs.existsSync(path.join(folder, name, 'package.json')))) {
    return true;
  }
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
