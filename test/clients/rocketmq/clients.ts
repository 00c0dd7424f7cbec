import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, type TestContext, vi } from 'vitest';
import { ROOT } from '../../run-node';
import { goCommand, mavenCommand, Missing } from '../runtimes';

/** A client that others wrote, as a program that reads lines of what to send, and writes what it received. */
export interface Client {
  readonly name: string;
  /** Makes the program in a folder. @throws Missing */
  readonly prepare: (folder: string) => Promise<string[]>;
  /** Whether the client can consume in order, send the token of a session, and tell why a message was refused. */
  readonly can: { readonly order: boolean; readonly useTokens: boolean; readonly tellWhy: boolean };
}

const ALL: Client['can'] = { order: true, useTokens: true, tellWhy: true };
const here = (name: string) => path.join(__dirname, name);

export const CLIENTS: readonly Client[] = [
  {
    name: 'ons-client 1.8.8 for Java',
    prepare: (folder) => mavenCommand(here('ons-client'), folder, 'Client'),
    can: ALL,
  },
  {
    name: 'rocketmq-client 4.9 for Java, with ACL',
    prepare: (folder) => mavenCommand(here('rocketmq-client'), folder, 'Client'),
    can: ALL,
  },
  {
    name: 'rocketmq-client-go v2',
    prepare: (folder) => goCommand(here('rocketmq-client-go'), folder),
    can: ALL,
  },
  {
    name: 'ali-ons for Node',
    prepare: () =>
      Promise.resolve([process.execPath, path.join(ROOT, 'node_modules/tsx/dist/cli.mjs'), here('ali-ons-client.ts')]),
    can: { order: false, useTokens: false, tellWhy: false },
  },
];

/** Commands of the clients that this machine can run, and why it cannot run others. */
const commands = new Map<string, string[]>();
const reasons = new Map<string, string>();

/** Makes the programs, in a folder that is removed when the returned function is called. */
export async function prepareClients(): Promise<() => void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'clients-'));
  for (const [index, { name, prepare }] of CLIENTS.entries()) {
    try {
      commands.set(name, await prepare(path.join(folder, String(index))));
    } catch (error) {
      if (!(error instanceof Missing)) {
        throw error;
      }
      reasons.set(name, error.message);
    }
  }
  return () => fs.rmSync(folder, { recursive: true, force: true });
}

/** The command of a client; where this machine cannot run it the test is skipped, with the reason. */
export function commandOf({ skip }: TestContext, name: string): string[] {
  const reason = reasons.get(name);
  skip(reason !== undefined, reason);
  return commands.get(name)!;
}

/** A line that a program wrote. */
export interface Line {
  readonly ready?: boolean;
  readonly error?: string;
  readonly msgId: string;
  readonly topic: string;
  readonly tag: string;
  readonly key: string;
  readonly color: string;
  readonly reconsumeTimes: number;
  readonly body: string;
}

export interface Message {
  readonly body: string;
  readonly tag?: string;
  readonly key?: string;
  readonly color?: string;
  readonly delayMillis?: number;
  readonly shardingKey?: string;
}

/** A running program; killed when the test ends. */
export class Program {
  /** What it wrote so far. */
  public readonly lines: Line[] = [];
  private readonly exited: Promise<unknown>;
  private errors = '';

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) {
        this.lines.push(JSON.parse(line) as Line);
      }
    });
    child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    child.stdin.on('error', () => undefined);
    this.exited = new Promise((resolve) => child.once('exit', resolve));
    onTestFinished(() => this.kill());
  }

  /** Starts a program and waits until it says that it is ready. */
  public static async start(
    [file, ...args]: readonly string[],
    action: string,
    names: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<Program> {
    for (let attempt = 1; ; attempt += 1) {
      const program = new Program(spawn(file, [...args, action, ...names], { env: { ...process.env, ...env } }));
      const ready = program.until(({ ready }) => ready === true).then(() => true);
      if (await Promise.race([ready, program.exited.then(() => false)])) {
        return program;
      }
      ready.catch(() => undefined);
      // Clients give up when the first answer takes three seconds, as it may on a busy machine.
      expect(attempt, program.errors).toBeLessThan(3);
    }
  }

  /** The first line that is as wanted, as soon as there is one. */
  public async until(wanted: (line: Line) => boolean, timeoutMillis = 60_000): Promise<Line> {
    await vi.waitFor(
      () => expect(this.lines.some(wanted), `${JSON.stringify(this.lines.slice(-20))} ${this.errors}`).toBe(true),
      { timeout: timeoutMillis, interval: 20 },
    );
    return this.lines.find(wanted)!;
  }

  /** Bodies of the messages that were received. */
  public get bodies(): string[] {
    return this.lines.filter(({ body }) => body !== undefined).map(({ body }) => body);
  }

  /** Sends a message; the line that tells its id, or the client's error. */
  public async send(message: Message): Promise<Line> {
    const { body, tag = '', key = '', color = '', delayMillis = '', shardingKey = '' } = message;
    const before = this.lines.length;
    this.child.stdin.write(`${[body, tag, key, color, delayMillis, shardingKey].join('\t')}\n`);
    await vi.waitFor(() => expect(this.lines.length, this.errors).toBeGreaterThan(before), {
      timeout: 60_000,
      interval: 5,
    });
    return this.lines[before];
  }

  /** Lets it end in its own way. */
  public async stop(): Promise<void> {
    this.child.stdin.end();
    await this.exited;
  }

  /** Ends it as a machine that fails would. */
  public async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
