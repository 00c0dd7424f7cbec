import { REGIONS } from '../../cloud/regions';
import type { Account } from '../account/account';
import type { StoredQueryTask } from '../account/dla-catalog';
import type { ActivatedService } from '../account/activation';
import { CloudError } from '../account/cloud-error';
import { ifActive } from '../account/if-active';
import { taskRow } from '../dla/task-row';

/** Something in the account that others may wait for. */
export interface Resource {
  readonly name: string;
  readonly region?: string;
  /** Why it will never be what is waited for. @default - it is */
  readonly failed?: string;
  readonly [more: string]: unknown;
}

const MAX_RESOURCES = 100;

/** What there is of each kind, the newest first where they come one after the other. */
const LISTS = {
  receipt: (account: Account): Resource[] =>
    tasksOf(account)
      .filter(({ mqStatus }) => mqStatus !== null)
      .map((task) => ({
        ...resourceOf(task),
        failed: task.mqStatus === 'SUCCESS' ? undefined : `the receipt of ${task.id} was not sent: ${task.mqErrorMsg}`,
      })),
  query: (account: Account): Resource[] =>
    tasksOf(account)
      .filter(({ status }) => status !== 'RUNNING')
      .map((task) => ({
        ...resourceOf(task),
        failed: task.status === 'SUCCESS' ? undefined : `the query ${task.id} is ${task.status}: ${task.message}`,
      })),
  bucket: ({ oss }: Account): Resource[] =>
    ifActive(() => oss.listBuckets()).map(({ name, region }) => ({ name, region })),
  topic: ({ ons }: Account): Resource[] =>
    instancesOf(ons).flatMap(({ region, instanceId }) =>
      ons.listTopics(region, instanceId).map(({ topic }) => ({ name: topic, region, instanceId })),
    ),
  group: ({ ons }: Account): Resource[] =>
    instancesOf(ons).flatMap(({ region, instanceId }) =>
      ons.listGroups(region, instanceId).map(({ groupId }) => ({ name: groupId, region, instanceId })),
    ),
  queue: ({ mns }: Account): Resource[] =>
    REGIONS.flatMap((region) => ifActive(() => mns.listQueues(region))).map(({ queueName, region }) => ({
      name: queueName,
      region,
    })),
  role: ({ ram }: Account): Resource[] => ram.listRoles().map(({ roleName }) => ({ name: roleName })),
  user: ({ ram }: Account): Resource[] => ram.listUsers().map(({ userName }) => ({ name: userName })),
} as const;

export type Kind = keyof typeof LISTS;

export const KINDS = Object.keys(LISTS) as readonly Kind[];

/** Services that have to be opened before there is any of a kind. */
export const OPENED_FIRST: Partial<Record<Kind, ActivatedService>> = {
  bucket: 'oss',
  topic: 'ons',
  group: 'ons',
  queue: 'mns',
};

/** @throws CloudError InvalidParameter */
export function findResources(account: Account, kind: string, name: string | undefined): readonly Resource[] {
  if (!Object.hasOwn(LISTS, kind)) {
    throw new CloudError('InvalidParameter', `kind: expected ${KINDS.join(', ')}, got ${JSON.stringify(kind)}`);
  }
  const all = LISTS[kind as Kind](account);
  return all.filter((resource) => name === undefined || resource.name === name).slice(0, MAX_RESOURCES);
}

function instancesOf(ons: Account['ons']) {
  return REGIONS.flatMap((region) => ifActive(() => ons.listInstances(region)));
}

function tasksOf({ dla }: Account): StoredQueryTask[] {
  return REGIONS.flatMap((region) => dla.listTasks(region)).sort((a, b) => b.createTime - a.createTime);
}

function resourceOf(task: StoredQueryTask): Resource {
  return { name: task.id, region: task.region, task: taskRow(task) };
}
