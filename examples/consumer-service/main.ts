/**
 * Waits for the receipt of an asynchronous query, prints it, and exits: from MQ over TCP, or from a queue of MNS,
 * whichever the channel has. A receipt that came before is printed at once; each is printed by one run only.
 *
 * usage: npx tsx main.ts OUTPUTS [CHANNEL]
 *   OUTPUTS   what `cdktf deploy --outputs-file OUTPUTS` wrote
 *   CHANNEL   the channel's name, e.g. `minimal/notification`; the first one without it
 *
 * Keys are taken from ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY; for MNS its endpoint from MNS_ENDPOINT, e.g.
 * `http://<account id>.mns.cn-hangzhou.aliyuncs.com`. ROCKETMQ_NAMESRV takes the place of the channel's own endpoint.
 */
import * as fs from 'node:fs';
import MNSClient from '@alicloud/mns';
import { Consumer } from 'ali-ons';
import { readChannels, selectChannels, type SmokeChannel } from 'cdktf-alicloud-dla/smoke';

type Outputs = SmokeChannel['outputs'];

const WAIT_SECONDS = 30;

function variable(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`expected the variable ${name}, got none`);
  }
  return value;
}

/** A receipt's body, as soon as there is one. */
async function receiptFromMq({ instanceId, topic, producerId, endpoint }: Outputs): Promise<string> {
  const consumer = new Consumer({
    // The client wants host and port, without the scheme that endpoints have.
    nameSrv: process.env.ROCKETMQ_NAMESRV ?? endpoint!.replace(/^\w+:\/\//, ''),
    namespace: instanceId,
    consumerGroup: producerId,
    accessKeyId: variable('ALICLOUD_ACCESS_KEY'),
    accessKeySecret: variable('ALICLOUD_SECRET_KEY'),
    // Looks up a name server, where none is given.
    httpclient: {},
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
  });
  let taken = false;
  const receipt = await new Promise<string>((resolve, reject) => {
    consumer.on('error', (error: Error) => taken || reject(error));
    consumer.subscribe(topic!, '*', async (message) => {
      if (taken) {
        throw new Error('not wanted any more: MQ gives it to the next run');
      }
      taken = true;
      resolve(message.body.toString());
    });
  });
  // The client stores how far it has read when it is closed, once the message above is done with.
  await new Promise(setImmediate);
  await consumer.close();
  return receipt;
}

/** The same from MNS. */
async function receiptFromMns({ region, queue }: Outputs): Promise<string> {
  const endpoint = variable('MNS_ENDPOINT').replace(/^(?!\w+:\/\/)/, 'http://');
  const [accountId] = new URL(endpoint).hostname.split('.');
  const client = new MNSClient(accountId, {
    region,
    endpoint,
    accessKeyId: variable('ALICLOUD_ACCESS_KEY'),
    accessKeySecret: variable('ALICLOUD_SECRET_KEY'),
  });
  for (;;) {
    try {
      const { body } = await client.receiveMessage(queue!, WAIT_SECONDS);
      await client.deleteMessage(queue!, body.ReceiptHandle);
      // Some senders put Base64 around it.
      return body.MessageBody.startsWith('{') ? body.MessageBody : Buffer.from(body.MessageBody, 'base64').toString();
    } catch (error) {
      if ((error as Error).name !== 'MNSMessageNotExistError') {
        throw error;
      }
    }
  }
}

async function main([outputs, ...names]: readonly string[]): Promise<void> {
  if (!outputs) {
    throw new Error('usage: npx tsx main.ts OUTPUTS [CHANNEL]');
  }
  const [channel] = selectChannels(readChannels(fs.readFileSync(outputs, 'utf8'), outputs), names);
  const receipt = await (channel.outputs.kind === 'mns' ? receiptFromMns : receiptFromMq)(channel.outputs);
  console.log(JSON.stringify(JSON.parse(receipt), null, 2));
}

main(process.argv.slice(2)).then(
  () => process.exit(),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
