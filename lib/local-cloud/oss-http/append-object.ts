import { invalidArgument } from '../account/oss-error';
import { receive } from './body';
import { takeOver } from '../store/take-over';
import { settingsOf, storedHeaders } from './object-headers';
import { emptyReply } from './reply';
import type { Operation } from './request';

export const appendObject: Operation = {
  name: 'AppendObject',
  action: 'PutObject',
  acl: 'write',
  run: async (request) => {
    const { account, bucket, key, exchange } = request;
    const { oss } = account;
    const text = exchange.query.get('position') ?? '';
    if (!/^\d{1,15}$/.test(text)) {
      throw invalidArgument('position', text, 'the length of the object');
    }
    const position = Number(text);
    // The old content and what comes after it become a new file, so that no reader ever sees half of it.
    const after = oss.appendTarget(bucket, key, position);
    // Only the first append tells of the object; what others say of it is ignored.
    const settings = after ? {} : settingsOf(request);
    const content = await receive(request, after);
    const object = takeOver(content.file, () =>
      oss.appendObject(bucket, key, { position, after, ...content }, settings),
    );
    return emptyReply(200, {
      ...storedHeaders(request.account, oss.getBucket(bucket), object),
      'x-oss-next-append-position': String(object.size),
    });
  },
};
