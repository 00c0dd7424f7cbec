import { expect } from 'vitest';
import type { Account } from '../../../lib/local-cloud/account/account';
import type { PrincipalKind } from '../../../lib/local-cloud/account/policy-attachments';
import { REGION } from './filled-account';

/** Tables with rows that nobody can delete. */
const KEPT = ['account', 'mq-counters', 'dla-query-tasks'];

/**
 * Reads, uses and then deletes all that the methods of the model list. Only an account whose rows fit together lets
 * that be done, and has nothing left afterwards.
 */
export function useAndDeleteAll(account: Account): void {
  (['oss', 'ons', 'mns'] as const).forEach((service) => account.activation.activate(service));
  useMq(account);
  useMns(account);
  useOss(account);
  useDla(account);
  useRam(account);
  const left = [...account.store.rows()].filter(([table]) => !KEPT.includes(table));
  expect(left).toEqual([]);
}

function useMq({ ons }: Account): void {
  for (const { instanceId } of ons.listInstances(REGION)) {
    for (const { topic } of ons.listTopics(REGION, instanceId)) {
      for (const { groupId } of ons.listGroups(REGION, instanceId)) {
        const consumption = { instanceId, topic, groupId };
        expect(ons.consumers.pendingOf(consumption)).not.toContain(undefined);
        ons.consumers.receive(consumption, { queueCount: 4, max: 16, wants: () => true });
        ons.progress.of(instanceId, groupId);
      }
      const before = [...ons.messagesFrom(instanceId, topic, 0)];
      ons.sendMessage(REGION, { instanceId, topic, body: 'new', producerId: '' });
      const after = [...ons.messagesFrom(instanceId, topic, 0)];
      expect(after.slice(0, -1)).toEqual(before);
      after.forEach((message) => expect(ons.getMessage(REGION, instanceId, topic, message.msgId)).toEqual(message));
      void ons.deleteTopic(REGION, instanceId, topic);
    }
    ons.listGroups(REGION, instanceId).forEach(({ groupId }) => void ons.deleteGroup(REGION, instanceId, groupId));
    ons.deleteInstance(REGION, instanceId);
  }
}

function useMns({ mns }: Account): void {
  for (const { topicName } of mns.topics.list(REGION)) {
    mns.topics.publish(REGION, topicName, { body: 'new', tag: '' }, () => 'new');
    mns.topics.delete(REGION, topicName);
  }
  for (const { queueName } of mns.listQueues(REGION)) {
    const { length } = mns.allMessages(REGION, queueName);
    mns.sendMessage(REGION, queueName, 'new');
    expect(mns.allMessages(REGION, queueName)).toHaveLength(length + 1);
    mns.receiveMessages(REGION, queueName, 16);
    void mns.deleteQueue(REGION, queueName);
  }
}

function useOss({ oss }: Account): void {
  for (const { name } of oss.listBuckets()) {
    for (const { key, versionId, deleteMarker } of oss.objectVersions(name)) {
      if (!deleteMarker) {
        oss.hold(oss.getObject(name, key, versionId)).release();
      }
      oss.deleteObject(name, key, versionId);
    }
    oss.uploads.list(name).forEach((upload) => oss.uploads.abort(upload));
    oss.deleteBucket(name);
  }
}

function useDla({ dla }: Account): void {
  for (const { name } of dla.listSchemas(REGION)) {
    for (const table of dla.listTables(REGION, name)) {
      dla.listPartitions(table);
      dla.deleteTable(REGION, name, table.name);
    }
    dla.listViews(REGION, name).forEach((view) => dla.deleteView(REGION, name, view.name));
    dla.deleteSchema(REGION, name);
  }
}

function useRam({ ram }: Account): void {
  const detachAll = (kind: PrincipalKind, name: string): void => {
    for (const { policy } of ram.listAttachedPolicies(kind, name)) {
      expect(ram.listEntitiesForPolicy(policy.policyType, policy.policyName)).toContainEqual(
        expect.objectContaining({ kind, principal: name }),
      );
      ram.detachPolicy(kind, name, policy.policyType, policy.policyName);
    }
  };
  for (const { groupName } of ram.groups.list()) {
    detachAll('group', groupName);
    for (const { userName } of ram.groups.membersOf(groupName)) {
      expect(ram.groups.membershipsOf(userName)).toContainEqual(expect.objectContaining({ groupName }));
      ram.groups.removeUser(groupName, userName);
    }
    ram.groups.delete(groupName);
  }
  for (const { userName } of ram.listUsers()) {
    detachAll('user', userName);
    ram.accessKeys.list(userName).forEach(({ accessKeyId }) => ram.accessKeys.delete(userName, accessKeyId));
    ram.deleteUser(userName);
  }
  for (const { roleName } of ram.listRoles()) {
    detachAll('role', roleName);
    ram.deleteRole(roleName);
  }
  ram.listPolicies('Custom').forEach(({ policyName }) => ram.deletePolicy(policyName, true));
}
