import { expect, it, onTestFinished, vi } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import { Faults } from '../../../lib/local-cloud/http/faults';
import { messageActions } from '../../../lib/local-cloud/openapi/ons-messages';
import { scratchFolder } from '../../scratch';

const REGION = 'cn-hangzhou';
const MANY = 3000;

/** An account, read anew from its folder, with a topic of many messages, one of which has the key `one`. */
function accountWithMany(): { account: Account; InstanceId: string } {
  const folder = scratchFolder();
  const first = new Account(folder);
  const { instanceId } = first.ons.createInstance(REGION, { instanceName: 'instance' });
  first.ons.createTopic(REGION, { instanceId, topic: 'topic', messageType: 0 });
  const message = { instanceId, topic: 'topic', producerId: '' };
  const inputs = Array.from({ length: MANY }, (_, n) => ({ ...message, body: `${n}`, key: n === 7 ? 'one' : 'all' }));
  first.ons.messages.send(4, inputs);
  first.close();
  const account = new Account(folder);
  onTestFinished(() => account.close());
  return { account, InstanceId: instanceId };
}

/** What an action answers, and how many rows were parsed for it. */
async function ask(account: Account, action: string, parameters: Record<string, string | number>) {
  const parse = vi.spyOn(JSON, 'parse');
  try {
    const given = new Map(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
    const principal = { kind: 'account', secret: '' } as const;
    const result = await messageActions[action].run(given, {
      ...{ account, principal, region: REGION, faults: new Faults(), secure: true },
    });
    return { parsed: parse.mock.calls.length, result };
  } finally {
    parse.mockRestore();
  }
}

it('reads no more messages of a topic for a page than are on it', async () => {
  const { account, InstanceId } = accountWithMany();
  const time = { BeginTime: 0, EndTime: Date.now() + 1000 };
  const { parsed, result } = await ask(account, 'OnsMessagePageQueryByTopic', {
    ...{ InstanceId, Topic: 'topic', ...time, CurrentPage: 30, PageSize: 50 },
  });
  const page = result.MsgFoundDo as { MaxPageCount: number; MsgFoundList: { OnsRestMessageDo: { Body: string }[] } };
  expect(page.MaxPageCount).toBe(MANY / 50);
  expect(page.MsgFoundList.OnsRestMessageDo.map(({ Body }) => Body)).toEqual(
    Array.from({ length: 50 }, (_, n) => String(1450 + n)),
  );
  expect(parsed).toBeLessThan(200);
});

it('reads all messages once for their keys, and then those that have one', async () => {
  const { account, InstanceId } = accountWithMany();
  const bodiesOf = async (Key: string) => {
    const { parsed, result } = await ask(account, 'OnsMessageGetByKey', { InstanceId, Topic: 'topic', Key });
    const found = (result.Data as { OnsRestMessageDo: { Body: string }[] }).OnsRestMessageDo;
    return { parsed, bodies: found.map(({ Body }) => Body) };
  };
  expect((await bodiesOf('one')).bodies).toEqual(['7']);
  account.ons.sendMessage(REGION, {
    ...{ instanceId: InstanceId, topic: 'topic', body: 'late', key: 'two one one', producerId: '' },
  });
  const { parsed, bodies } = await bodiesOf('one');
  expect(bodies).toEqual(['7', 'late']);
  expect(parsed).toBeLessThan(10);
  await account.ons.deleteTopic(REGION, InstanceId, 'topic');
  expect(account.ons.messages.withKey(InstanceId, 'topic', 'all')).toEqual([]);
});
