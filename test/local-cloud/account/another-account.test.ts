import { describe, expect, it } from 'vitest';
import { resultBucketName } from '../../../lib/cloud/names';
import type { Account } from '../../../lib/local-cloud/account/account';
import { accountRenamer } from '../../../lib/local-cloud/account/account-names';
import { deadLetterTopicOf } from '../../../lib/local-cloud/account/mq-group-queues';
import { importSnapshot } from '../../../lib/local-cloud/account/snapshot';
import { contentOf, filledAccount, put, REGION } from './filled-account';
import { exported, linesOf, scratchAccount } from './scratch-account';
import { useAndDeleteAll } from './use-all';

const ID = '6794923374283855';
const OWN = '1675011268474604';

describe('a snapshot of another account', () => {
  it('is this one’s by every name that the cloud made, and has what users wrote as they wrote it', async () => {
    const source = filledAccount();
    const { accountId } = source.identity;
    const arn = `acs:ram::${accountId}:role/role`;
    const written = `order ${accountId} of ${arn}`;
    const { oss, ons, mns, ram, dla } = source;
    source.activation.activate('mns');
    // What users wrote.
    put(source, `order-${accountId}`, written, { order: written });
    oss.createBucket(REGION, { name: `data-${accountId}`, tags: { account: accountId } });
    const [{ instanceId }] = ons.listInstances(REGION);
    ons.createTopic(REGION, { instanceId, topic: `of_${accountId}`, messageType: 0, remark: written });
    const properties = { written };
    ons.messages.send(1, [{ instanceId, topic: 'topic', body: written, key: accountId, properties, producerId: '' }]);
    mns.createQueue(REGION, { queueName: `queue-${accountId}` });
    mns.sendMessages(REGION, `queue-${accountId}`, [
      { body: written, userProperties: [{ name: 'written', type: 'STRING', value: written }] },
    ]);
    ram.createRole({
      ...{ roleName: `of-${accountId}`, description: written },
      assumeRolePolicyDocument: JSON.stringify({
        Version: '1',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: [`acs:ram::${accountId}:root`] } }],
      }),
    });
    dla.putTask({ ...dla.listTasks(REGION)[0], id: 'written', command: `select '${written}'` });
    // What the cloud made.
    const results = resultBucketName(accountId, REGION);
    oss.createBucket(REGION, { name: results });
    oss.putObject(results, `DLA_Result/${accountId}.csv`, Buffer.from('x'));
    dla.putTask({
      ...{ ...dla.listTasks(REGION)[0], id: 'made', resultFile: `oss://${results}/DLA_Result/${accountId}.csv` },
      mqEndpoint: `http://${accountId}.mqrest.${REGION}.aliyuncs.com`,
    });
    const letter = { RETRY_TOPIC: `${instanceId}%topic` };
    const topic = deadLetterTopicOf('GID_tcp');
    ons.messages.send(1, [{ instanceId, topic, body: 'dead', properties: letter, producerId: '' }]);
    oss.updateBucket(`data-${accountId}`, {
      policy: JSON.stringify({
        Version: '1',
        Statement: [
          {
            ...{ Effect: 'Allow', Action: ['oss:GetObject'], Principal: [accountId] },
            Resource: [`acs:oss:*:${accountId}:data-${accountId}/*`],
          },
        ],
      }),
    });

    const account = scratchAccount();
    await importSnapshot(account, linesOf(exported(source)));
    const own = account.identity.accountId;
    expect(contentOf(account).length).toBe(contentOf(source).length);

    const { key, meta } = [...account.oss.objects('data')].find((one) => one.key.startsWith('order'))!;
    expect([key, meta]).toEqual([`order-${accountId}`, { order: written }]);
    expect(account.oss.getBucket(`data-${accountId}`).tags).toEqual({ account: accountId });
    const taken = instanceId.replace(accountId, own);
    expect(account.ons.listInstances(REGION).map((one) => one.instanceId)).toEqual([taken]);
    expect(account.ons.getTopic(REGION, taken, `of_${accountId}`).remark).toBe(written);
    expect(account.ons.messages.withKey(taken, 'topic', accountId)).toMatchObject([{ body: written, properties }]);
    expect([...account.ons.messagesFrom(taken, topic, 0)].at(-1)!.properties).toEqual({
      RETRY_TOPIC: `${taken}%topic`,
    });
    expect(account.mns.allMessages(REGION, `queue-${accountId}`)).toMatchObject([
      { body: written, userProperties: [{ value: written }] },
    ]);
    expect(account.mns.topics.getSubscription(REGION, 'topic', 'subscription').endpoint).toContain(own);
    const role = account.ram.getRole(`of-${accountId}`);
    expect(role).toMatchObject({ arn: `acs:ram::${own}:role/of-${accountId}`, description: written });
    expect(role.assumeRolePolicyDocument).toContain(`acs:ram::${own}:root`);
    const { policy } = account.oss.getBucket(`data-${accountId}`);
    expect(policy).toContain(`"Principal":["${own}"]`);
    expect(policy).toContain(`acs:oss:*:${own}:data-${accountId}/*`);
    expect(account.dla.listTasks(REGION).find(({ id }) => id === 'written')!.command).toBe(`select '${written}'`);
    expect(account.dla.listTasks(REGION).find(({ id }) => id === 'made')).toMatchObject({
      resultFile: `oss://${resultBucketName(own, REGION)}/DLA_Result/${accountId}.csv`,
      mqEndpoint: `http://${own}.mqrest.${REGION}.aliyuncs.com`,
    });
    expect([...account.oss.objects(resultBucketName(own, REGION))]).toHaveLength(1);
  });

  it('works on', async () => {
    const account: Account = scratchAccount();
    await importSnapshot(account, linesOf(exported(filledAccount())));
    useAndDeleteAll(account);
  });
});

it.each([
  [`acs:ram::${ID}:role/x`, `acs:ram::${OWN}:role/x`],
  [`acs:mq:*:${ID}:MQ_INST_${ID}_Ab%topic`, `acs:mq:*:${OWN}:MQ_INST_${OWN}_Ab%topic`],
  [`arn:sts::${ID}:assumed-role/r/*`, `arn:sts::${OWN}:assumed-role/r/*`],
  [`http://MQ_INST_${ID}_Ab.mq.cn-x.aliyuncs.com:80`, `http://MQ_INST_${OWN}_Ab.mq.cn-x.aliyuncs.com:80`],
  [`http://${ID}.mqrest.cn-x.aliyuncs.com`, `http://${OWN}.mqrest.cn-x.aliyuncs.com`],
  [`oss://aliyun-oa-query-results-${ID}-oss-cn-x/k-${ID}`, `oss://aliyun-oa-query-results-${OWN}-oss-cn-x/k-${ID}`],
  [ID, OWN],
  [`{"RAM":["${ID}","1${ID}"]}`, `{"RAM":["${OWN}","1${ID}"]}`],
  [`order-${ID}`, `order-${ID}`],
  [`acs:oss:*:*:data-${ID}/*`, `acs:oss:*:*:data-${ID}/*`],
  [`cn-hangzhou/MQ_INST_${ID}_queue`, `cn-hangzhou/MQ_INST_${ID}_queue`],
])('makes of %s: %s', (text, expected) => {
  expect(accountRenamer(ID, OWN)(text)).toBe(expected);
});
