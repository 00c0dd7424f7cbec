import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why a client cannot be tried on this machine. */
export class Missing extends Error {}

/** Runs what a machine may lack, or cannot do without a network. @throws Missing */
async function need(what: string, file: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    await run(file, args, { cwd, maxBuffer: 16 << 20 });
  } catch (error) {
    const { code, stdout } = error as { code?: string | number; stdout?: string };
    throw new Missing(code === 'ENOENT' ? `${file} is not installed` : `${what}: ${stdout?.slice(0, 500)}`);
  }
}

/**
 * Compiles a Maven project in a folder of its own.
 *
 * @returns the command that runs its class `name`
 * @throws Missing without Java, Maven, or the libraries
 */
export async function mavenCommand(project: string, folder: string, name: string): Promise<string[]> {
  fs.cpSync(project, folder, { recursive: true });
  const list = path.join(folder, 'classpath');
  await need('java cannot be run', 'java', ['-version'], folder);
  const resolve = ['-q', '-B', 'dependency:build-classpath', `-Dmdep.outputFile=${list}`, '-DincludeScope=runtime'];
  await need("Maven cannot get the project's libraries", 'mvn', resolve, folder);
  await run('mvn', ['-q', '-B', 'compile'], { cwd: folder, maxBuffer: 16 << 20 });
  return [
    'java',
    '-cp',
    `${path.join(folder, 'target/classes')}${path.delimiter}${fs.readFileSync(list, 'utf8')}`,
    name,
  ];
}

/**
 * Builds a Go module in a folder of its own.
 *
 * @returns the command that runs it
 * @throws Missing without Go, or the libraries
 */
export async function goCommand(module: string, folder: string): Promise<string[]> {
  fs.cpSync(module, folder, { recursive: true });
  await need("Go cannot get the module's libraries", 'go', ['mod', 'download'], folder);
  const program = path.join(folder, 'program');
  await run('go', ['build', '-o', program, '.'], { cwd: folder, maxBuffer: 16 << 20 });
  return [program];
}

/**
 * A Python script.
 *
 * @returns the command that runs it
 * @throws Missing without Python, or a module that it imports
 */
export async function pythonCommand(script: string, modules: readonly string[]): Promise<string[]> {
  const folder = path.dirname(script);
  await need(
    `Python cannot import ${modules.join(' and ')}`,
    'python3',
    ['-c', `import ${modules.join(', ')}`],
    folder,
  );
  return ['python3', script];
}

/**
 * A script of a language whose libraries the system brings.
 *
 * @param check - arguments with which the interpreter fails where a library is missing
 * @returns the command that runs it
 * @throws Missing without the interpreter or the library
 */
export async function systemCommand(file: string, check: readonly string[], script: string): Promise<string[]> {
  await need(`${file} cannot load its driver of MySQL`, file, check, path.dirname(script));
  return [file, script];
}

/**
 * Installs the packages of a script in a folder of its own.
 *
 * @returns the command that runs it
 * @throws Missing without npm, or the packages
 */
export async function npmCommand(project: string, folder: string, script: string): Promise<string[]> {
  fs.cpSync(project, folder, { recursive: true });
  await need('npm cannot get the packages', 'npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], folder);
  return [process.execPath, path.join(folder, script)];
}
