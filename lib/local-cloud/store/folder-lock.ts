import * as fs from 'node:fs';
import * as path from 'node:path';
import { LocalCloudError } from './local-cloud-error';

/** Keeps a second process out of a state folder. A lock left by a process that was killed is taken over. */
export class FolderLock {
  private readonly file: string;

  /** @throws LocalCloudError when another process holds the folder */
  constructor(folder: string) {
    this.file = path.join(folder, 'lock');
    if (this.tryCreate()) {
      return;
    }
    const holder = this.holder();
    if (holder !== undefined && isAlive(holder)) {
      throw new LocalCloudError(
        `state folder ${folder} is in use by process ${holder}: stop it, or give another folder with --state`,
      );
    }
    this.discard(holder);
    if (!this.tryCreate()) {
      throw new LocalCloudError(`state folder ${folder} was just taken by another process: give another with --state`);
    }
  }

  public release(): void {
    fs.rmSync(this.file, { force: true });
  }

  private tryCreate(): boolean {
    try {
      fs.writeFileSync(this.file, `${process.pid}\n`, { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        return false;
      }
      throw error;
    }
  }

  private holder(): number | undefined {
    try {
      const pid = Number.parseInt(fs.readFileSync(this.file, 'utf8'), 10);
      return Number.isInteger(pid) && pid > 0 ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  /** Renamed first: of two processes that both found the same dead holder, only one may remove its lock. */
  private discard(dead: number | undefined): void {
    const aside = `${this.file}.${process.pid}`;
    try {
      fs.renameSync(this.file, aside);
    } catch {
      return;
    }
    const found = Number.parseInt(fs.readFileSync(aside, 'utf8'), 10);
    if (found !== dead && isAlive(found)) {
      fs.linkSync(aside, this.file);
    }
    fs.rmSync(aside, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
