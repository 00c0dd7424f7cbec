import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { DlaFixture } from '../../local-cloud/dla/dla-fixture';
import { ROOT } from '../../run-node';
import { scratchFolder } from '../../scratch';
import { mavenCommand, Missing } from '../runtimes';

/** A JDBC driver, whose names stand in the program's pom.xml as DRIVER_GROUP, DRIVER_ARTIFACT and DRIVER_VERSION. */
export interface Driver {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
}

interface JavaProgram {
  /** Folder beside this file. */
  readonly folder: string;
  readonly mainClass: string;
  readonly driver?: Driver;
  readonly args: readonly string[];
}

/** Lines that a Java program writes; the test is skipped with the reason where this machine cannot run it. */
export async function javaLines(
  dla: DlaFixture,
  { folder, mainClass, driver, args }: JavaProgram,
  skip: (condition: boolean, reason: string) => void,
): Promise<string[]> {
  const scratch = scratchFolder();
  const project = path.join(scratch, 'template');
  fs.cpSync(path.join(ROOT, 'test/clients/dla', folder), project, { recursive: true });
  if (driver) {
    const pom = path.join(project, 'pom.xml');
    const text = fs
      .readFileSync(pom, 'utf8')
      .replace('DRIVER_GROUP', driver.group)
      .replace('DRIVER_ARTIFACT', driver.artifact)
      .replace('DRIVER_VERSION', driver.version);
    fs.writeFileSync(pom, text);
  }
  const [file, ...rest] = await mavenCommand(project, path.join(scratch, 'project'), mainClass).catch(
    (error: Error) => {
      skip(error instanceof Missing, error.message);
      throw error;
    },
  );
  const { dlaUser, dlaPassword } = dla.account.identity;
  const { stdout } = await promisify(execFile)(file, [...rest, ...args], {
    env: { ...process.env, DLA_USER: dlaUser, DLA_PASSWORD: dlaPassword },
    timeout: 180_000,
    maxBuffer: 16 << 20,
  });
  return stdout.trim().split('\n');
}
