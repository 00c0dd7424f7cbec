/** usage: ali-ons-client.ts consume|produce INSTANCE TOPIC GROUP [TAGS] */
import { createInterface } from 'node:readline';
import { Consumer, Message, Producer } from 'ali-ons';

const [action, namespace, topic, group, tags = '*'] = process.argv.slice(2);
const show = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
const options = {
  nameSrv: process.env.ROCKETMQ_NAMESRV,
  accessKeyId: process.env.ALICLOUD_ACCESS_KEY,
  accessKeySecret: process.env.ALICLOUD_SECRET_KEY,
  namespace,
  // Only used to look up a name server that is not given.
  httpclient: {},
  logger: { info() {}, warn() {}, debug() {}, error() {} },
};

async function consume(): Promise<void> {
  const consumer = new Consumer({ ...options, consumerGroup: group });
  consumer.on('error', (error) => show({ error: error.message }));
  consumer.subscribe(topic, tags, async (message) => {
    const body = message.body.toString();
    show({
      msgId: message.properties.UNIQ_KEY,
      topic: message.topic.replace(`${namespace}%`, ''),
      tag: message.tags ?? '',
      key: message.keys ?? '',
      color: message.properties.color ?? '',
      reconsumeTimes: message.reconsumeTimes,
      body,
    });
    if (body.startsWith('fail once') && message.reconsumeTimes === 0) {
      throw new Error('failed once');
    }
  });
  await consumer.ready();
  show({ ready: true });
  process.stdin.resume().once('end', () => void consumer.close().then(() => process.exit(0)));
}

async function produce(): Promise<void> {
  const producer = new Producer({ ...options, producerGroup: group });
  producer.on('error', (error) => show({ error: error.message }));
  await producer.ready();
  show({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const [body, tag, key, color, delay] = line.split('\t');
    const message = new Message(topic, tag, body);
    message.keys = [key];
    if (color) {
      message.properties.color = color;
    }
    if (delay) {
      message.setStartDeliverTime(Date.now() + Number(delay));
    }
    try {
      show({ msgId: (await producer.send(message)).msgId });
    } catch (error) {
      show({ error: (error as Error).message });
    }
  }
  await producer.close();
  process.exit(0);
}

void (action === 'consume' ? consume() : produce());
