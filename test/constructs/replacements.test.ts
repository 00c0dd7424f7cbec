import * as fs from 'node:fs';
import * as path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { resourceTables } from '../../lib/provider-schema/index';
import { ROOT } from '../run-node';

/** The properties that become an argument whose change replaces the resource; none where no property reaches it. */
const PROPERTIES: Record<string, Record<string, string[]>> = {
  alicloud_ons_topic: {
    instance_id: ['MqTopicProps.instance'],
    message_type: ['MqTopicOptions.messageType'],
    remark: ['MqTopicOptions.remark'],
    topic_name: ['MqTopicOptions.topicName'],
  },
  alicloud_ons_group: {
    instance_id: ['MqGroupProps.instance'],
    group_type: ['MqGroupOptions.protocol', 'DlaMqNotificationProps.endpoint'],
    remark: ['MqGroupOptions.remark'],
    group_name: ['MqGroupOptions.groupId'],
  },
  alicloud_message_service_queue: { queue_name: ['MnsQueueOptions.queueName'], queue_type: [] },
  alicloud_oss_bucket: {
    bucket: ['OssBucketOptions.bucketName', 'QueryResultBucketProps.bucketName'],
    redundancy_type: ['OssBucketOptions.redundancy'],
    storage_class: ['OssBucketOptions.storageClass'],
  },
  // Names that DLA fixes.
  alicloud_ram_role: { role_name: [] },
};

/** Types whose arguments the constructs choose by themselves. */
const WITHOUT_PROPERTIES =
  /_(acl|policy|attachment|public_access_block)$|^alicloud_(oss_bucket_object|ram_user|message_service_service)$/;

/** The comment of each property of the public interfaces. */
const comments = new Map<string, string>();
const folder = path.join(ROOT, 'lib/constructs');
for (const file of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.ts'))) {
  const source = ts.createSourceFile(
    file,
    fs.readFileSync(path.join(folder, file), 'utf8'),
    ts.ScriptTarget.ES2022,
    true,
  );
  source.forEachChild((node) => {
    if (ts.isInterfaceDeclaration(node)) {
      for (const member of node.members) {
        const comment = source.text.slice(member.getFullStart(), member.getStart());
        comments.set(`${node.name.text}.${member.name!.getText()}`, comment);
      }
    }
  });
}

describe.each(resourceTables.filter(({ name }) => !WITHOUT_PROPERTIES.test(name)))('$name', ({ name, attributes }) => {
  const replacing = Object.entries(attributes).filter(([, one]) => one.forceNew && !one.deprecated);

  it('says of every property whose change replaces it that it does', () => {
    expect(Object.keys(PROPERTIES[name] ?? {}).sort()).toEqual(replacing.map(([argument]) => argument).sort());
    const properties = Object.values(PROPERTIES[name] ?? {})
      .flat()
      .filter((one) => comments.has(one));
    expect(properties.length).toBeGreaterThanOrEqual(replacing.length === 0 || name === 'alicloud_ram_role' ? 0 : 1);
    for (const property of properties) {
      expect(comments.get(property), property).toMatch(/replaces? (topic|the)\b/);
    }
  });

  it('says of no other property that it does', () => {
    const reaching = new Set(Object.values(PROPERTIES).flatMap((all) => Object.values(all).flat()));
    const saying = [...comments]
      .filter(([, comment]) => /A change (would )?replaces?/.test(comment))
      .map(([one]) => one);
    expect(saying.filter((one) => !reaching.has(one) && one !== 'DlaMqNotificationProps.instance')).toEqual([]);
  });
});
