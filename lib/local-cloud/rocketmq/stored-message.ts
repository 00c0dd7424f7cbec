import { bodyBytes, type Message } from '../account/mq-messages';
import { fullName } from './names';
import { encodeMessage } from './wire-message';

/** A message of the account, as answers carry it. `port`: of the server, which the message's offset id names. */
export function encodeStored(message: Message, port: number): Buffer {
  const { instanceId, topic, key, tag, properties } = message;
  return encodeMessage(
    {
      ...message,
      topic: fullName({ instanceId, name: topic }),
      sysFlag: 0,
      properties: new Map([
        ...Object.entries(properties),
        ...(key === '' ? [] : [['KEYS', key] as const]),
        ...(tag === '' ? [] : [['TAGS', tag] as const]),
        // The id that clients show is this one.
        ['UNIQ_KEY', message.msgId],
      ]),
      body: bodyBytes(message),
    },
    port,
  );
}
