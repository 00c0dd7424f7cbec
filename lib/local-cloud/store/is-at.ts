import * as fs from 'node:fs';

/** Whether an open file or folder still has its path: it may have been moved, and another be in its place. */
export function isAt(path: string, fd: number): boolean {
  const [there, open] = [fs.statSync(path, { throwIfNoEntry: false }), fs.fstatSync(fd)];
  return there?.ino === open.ino && there.dev === open.dev;
}
