import { FolderLock } from '../../../lib/local-cloud/store/folder-lock';

/** Takes and releases the lock of a folder as its parent says. */
let lock: FolderLock | undefined;
process.on('message', (message: { take: string } | 'release') => {
  if (message === 'release') {
    lock?.release();
    lock = undefined;
    process.send!('released');
    return;
  }
  FolderLock.take(message.take).then(
    (taken) => {
      lock = taken;
      process.send!('taken');
    },
    (error: Error) => process.send!(error.message),
  );
});
