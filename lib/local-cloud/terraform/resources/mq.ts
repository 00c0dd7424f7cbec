import { createHash } from 'node:crypto';
import { dataOnsInstances, onsGroup, onsInstance, onsTopic } from '../../../provider-schema/index';
import type { Instance } from '../../account/mq';
import { matchesRegex } from '../name-regex';
import { checkNoOutputFile, splitId, type DataSource, type Resource, type ProviderScope } from '../resource';
import { type AttributeValues, type Values } from '../values';

/** An instance that is charged by use has no date of release. Source: recordings of the provider. */
const NO_RELEASE_TIME = '0';

const instance: Resource = {
  table: onsInstance,
  aliases: [['instance_name', 'name']],
  create: ({ account, region }, planned) =>
    account.ons.createInstance(region, {
      instanceName: planned.currentOrDeprecated('instance_name', 'name'),
      remark: planned.str('remark'),
    }).instanceId,
  complete: ({ account, region }, id, planned) =>
    void account.ons.updateInstance(region, id, { tags: planned.map('tags') }),
  read: ({ account, region }, id) => {
    const found = account.ons.getInstance(region, id);
    return {
      id,
      instance_name: found.instanceName,
      name: found.instanceName,
      remark: found.remark,
      instance_type: found.instanceType,
      instance_status: found.instanceStatus,
      status: found.instanceStatus,
      release_time: NO_RELEASE_TIME,
      tags: found.tags,
    };
  },
  update: ({ account, region }, id, planned) => {
    account.ons.updateInstance(region, id, {
      instanceName: planned.currentOrDeprecated('instance_name', 'name'),
      remark: planned.str('remark') ?? '',
      tags: planned.map('tags'),
    });
  },
  delete: ({ account, region }, id) => account.ons.deleteInstance(region, id),
};

const TOPIC_ID = 'INSTANCE_ID:TOPIC_NAME';

const topic: Resource = {
  table: onsTopic,
  aliases: [['topic_name', 'topic']],
  create: ({ account, region }, planned) => {
    const { instanceId, topic: name } = account.ons.createTopic(region, {
      instanceId: planned.str('instance_id')!,
      topic: planned.currentOrDeprecated('topic_name', 'topic'),
      messageType: planned.num('message_type')!,
      remark: planned.str('remark'),
    });
    return `${instanceId}:${name}`;
  },
  complete: tagTopic,
  read: ({ account, region }, id) => {
    const [instanceId, name] = splitId(id, TOPIC_ID);
    const found = account.ons.getTopic(region, instanceId, name);
    return {
      id,
      instance_id: instanceId,
      topic_name: found.topic,
      topic: found.topic,
      message_type: found.messageType,
      remark: found.remark,
      // The owner of a topic may publish and subscribe.
      perm: 6,
      tags: found.tags,
    };
  },
  update: tagTopic,
  delete: ({ account, region }, id) => {
    const [instanceId, name] = splitId(id, TOPIC_ID);
    return account.ons.deleteTopic(region, instanceId, name);
  },
};

function tagTopic({ account, region }: ProviderScope, id: string, planned: AttributeValues): void {
  const [instanceId, name] = splitId(id, TOPIC_ID);
  account.ons.tagTopic(region, instanceId, name, planned.map('tags'));
}

const GROUP_ID = 'INSTANCE_ID:GROUP_NAME';

const group: Resource = {
  table: onsGroup,
  aliases: [['group_name', 'group_id']],
  create: ({ account, region }, planned) => {
    const { instanceId, groupId } = account.ons.createGroup(region, {
      instanceId: planned.str('instance_id')!,
      groupId: planned.currentOrDeprecated('group_name', 'group_id'),
      groupType: planned.str('group_type')!,
      remark: planned.str('remark'),
    });
    return `${instanceId}:${groupId}`;
  },
  complete: (scope, id, planned) => configureGroup(scope, id, planned, false),
  // `read_enable` is not read back: it is only what the configuration says.
  read: ({ account, region }, id) => {
    const [instanceId, name] = splitId(id, GROUP_ID);
    const found = account.ons.getGroup(region, instanceId, name);
    return {
      id,
      instance_id: instanceId,
      group_name: found.groupId,
      group_id: found.groupId,
      group_type: found.groupType,
      remark: found.remark,
      tags: found.tags,
    };
  },
  update: (scope, id, planned, prior) => configureGroup(scope, id, planned, prior.bool('read_enable') ?? false),
  delete: ({ account, region }, id) => {
    const [instanceId, name] = splitId(id, GROUP_ID);
    return account.ons.deleteGroup(region, instanceId, name);
  },
};

/** @param wasEnabled what `read_enable` was: false and none are one to the provider, which then sends nothing */
function configureGroup(
  { account, region }: ProviderScope,
  id: string,
  planned: AttributeValues,
  wasEnabled: boolean,
): void {
  const [instanceId, name] = splitId(id, GROUP_ID);
  account.ons.tagGroup(region, instanceId, name, planned.map('tags'));
  const enabled = planned.bool('read_enable') ?? false;
  if (enabled !== wasEnabled) {
    account.ons.enableGroup(region, instanceId, name, enabled);
  }
}

const instances: DataSource = {
  table: dataOnsInstances,
  read: (scope, config) => {
    checkNoOutputFile(config);
    const found = scope.account.ons.listInstances(scope.region).filter((one) => isWanted(one, config));
    const ids = found.map(({ instanceId }) => instanceId);
    return {
      ...config.values,
      id: createHash('sha256').update(ids.join()).digest('hex').slice(0, 10),
      ids,
      names: found.map(({ instanceName }) => instanceName),
      instances: found.map((one) => instanceValues(scope, one, config.bool('enable_details') ?? false)),
    };
  },
};

function isWanted({ instanceId, instanceName, instanceStatus, tags }: Instance, config: AttributeValues): boolean {
  const ids = config.strings('ids');
  return (
    (ids.length === 0 || ids.includes(instanceId)) &&
    matchesRegex(config.str('name_regex'), instanceName) &&
    (config.num('status') ?? instanceStatus) === instanceStatus &&
    Object.entries(config.map('tags')).every(([key, value]) => tags[key] === value)
  );
}

function instanceValues({ account }: ProviderScope, found: Instance, details: boolean): Values {
  const endpoints = account.ons.endpointsOf(found);
  return {
    id: found.instanceId,
    instance_id: found.instanceId,
    instance_name: found.instanceName,
    instance_type: found.instanceType,
    instance_status: found.instanceStatus,
    status: found.instanceStatus,
    release_time: NO_RELEASE_TIME,
    independent_naming: true,
    tags: found.tags,
    ...(details && {
      remark: found.remark,
      tcp_endpoint: endpoints.tcp,
      http_internal_endpoint: endpoints.httpInternal,
      http_internet_endpoint: endpoints.httpInternet,
      http_internet_secure_endpoint: endpoints.httpInternetSecure,
    }),
  };
}

export const onsResources: readonly Resource[] = [instance, topic, group];
export const onsDataSources: readonly DataSource[] = [instances];
