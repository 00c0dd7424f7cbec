import * as fs from 'node:fs';
import * as path from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { RunLog } from '../lib/cli/captured-run';
import { eventsOf, hasEnded, type TerraformEvent } from './terraform-events';

/** Room that is taken for the file beforehand, in bytes: on a full disk Terraform's last words are the state itself. */
const ROOM = 4 << 20;
const CHUNK = 64 << 10;
/** Names a file by the process that writes it. */
const NAME = /^apply-(\d+)\.log$/;

/**
 * What Terraform says while it applies, in a file. Into a pipe it could say nothing once the script that started it was
 * killed, and would end half-way; and where it is killed itself the file tells what it has made.
 */
export class ApplyLog implements RunLog {
  public readonly fd: number;
  private readonly decoder = new StringDecoder('utf8');
  private file: string;
  private position = 0;

  /** @param folder the stack's */
  constructor(private readonly folder: string) {
    this.file = this.fileOf(process.pid);
    fs.rmSync(this.file, { force: true });
    this.fd = fs.openSync(this.file, 'wx+', 0o600);
    try {
      fs.writeSync(this.fd, Buffer.alloc(ROOM), 0, ROOM, 0);
    } catch {
      // Terraform will find the disk full, too, and tells it: what room there is is for its state.
      fs.ftruncateSync(this.fd);
    }
  }

  /** @param pid of Terraform, which writes it */
  public startedBy(pid: number): void {
    fs.renameSync(this.file, this.fileOf(pid));
    this.file = this.fileOf(pid);
  }

  /** What was said since the last time. */
  public read(): string {
    const buffer = Buffer.alloc(CHUNK);
    let text = '';
    for (;;) {
      const count = fs.readSync(this.fd, buffer, 0, CHUNK, this.position);
      const said = untilRoom(buffer.subarray(0, count));
      this.position += said.length;
      text += this.decoder.write(said);
      if (said.length < CHUNK) {
        return text;
      }
    }
  }

  /**
   * Once Terraform has ended. The file is kept for the next run where the state may lack what it tells.
   *
   * @returns a state that Terraform could write nowhere else
   */
  public end(): object | undefined {
    fs.closeSync(this.fd);
    const events = eventsOf(outputIn(this.file));
    if (hasEnded(events)) {
      fs.rmSync(this.file, { force: true });
    }
    return events.find(({ state }) => state !== undefined)?.state;
  }

  private fileOf(pid: number): string {
    return path.join(this.folder, `apply-${pid}.log`);
  }
}

/** What is left of an apply that was killed. */
export interface KilledApply {
  readonly file: string;
  /** Its Terraform where only the script was killed. */
  readonly pid?: number;
  readonly events: readonly TerraformEvent[];
}

/** @param folder the stack's, absolute */
export function killedApplies(folder: string): KilledApply[] {
  return fs.readdirSync(folder).flatMap((name) => {
    const pid = NAME.exec(name)?.[1];
    const file = path.join(folder, name);
    return pid === undefined
      ? []
      : [{ file, pid: isAtWork(pid, folder) ? Number(pid) : undefined, events: eventsOf(outputIn(file)) }];
  });
}

/** Where the system does not tell what a process does, the lock of the state still keeps others from it. */
function isAtWork(pid: string, folder: string): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`-chdir=${folder}\0`);
  } catch {
    return false;
  }
}

function outputIn(file: string): string {
  return untilRoom(fs.readFileSync(file)).toString('utf8');
}

function untilRoom(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
