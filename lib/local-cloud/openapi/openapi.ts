import { didYouMean, nearest } from '../../cli/nearest';
import { arn } from '../../cloud/arn';
import { REGIONS } from '../../cloud/regions';
import { CloudError } from '../account/cloud-error';
import { type Exchange, header, readBody } from '../http/request';
import { mayDo, requestContext } from '../account/principal';
import type { Handled, Services } from '../http/services';
import { writeXml } from '../http/xml';
import { type Action, type ActionCall, type Api, type Result, servedActions } from './action';
import { activationApis } from './activation-api';
import { mnsApi } from './mns-api';
import { onsApi } from './ons-api';
import type { Parameters } from './parameters';
import { ramApi } from './ram-api';
import { callerOf } from './signature';
import { stsApi } from './sts-api';
import { excerpt } from '../account/excerpt';

/** Every product's API. */
export const APIS: readonly Api[] = [ramApi, stsApi, onsApi, mnsApi, ...activationApis];
const MAX_BODY_BYTES = 1 << 20;
const MAX_PARAMETERS = 1000;

/** The RPC style of Alibaba Cloud's OpenAPI: an action and its parameters in the query or in a form. */
export async function openApi(exchange: Exchange, services: Services): Promise<Handled> {
  let name = `${exchange.method} ${exchange.rawPath}`;
  let format = defaultFormat(exchange);
  try {
    const body = await readBody(exchange, MAX_BODY_BYTES);
    const parameters = parametersOf(exchange, body);
    const version = parameters.get('Version') ?? header(exchange, 'x-acs-version') ?? '';
    const actionName = parameters.get('Action') ?? header(exchange, 'x-acs-action') ?? '';
    format = parameters.get('Format')?.toUpperCase() ?? format;
    name = actionName || name;
    const api = apiOf(version, actionName);
    name = `${api.product}.${actionName}`;
    const result = await run(api, actionName, parameters, body, exchange, services);
    return {
      action: name,
      resource: subjectOf(parameters),
      reply: replyOf(200, `${actionName}Response`, { RequestId: exchange.requestId, ...result }, format),
    };
  } catch (error) {
    if (!(error instanceof CloudError)) {
      throw error;
    }
    const { code, message, httpStatus } = error;
    const result = {
      RequestId: exchange.requestId,
      HostId: header(exchange, 'host') ?? '',
      Code: code,
      Message: message,
      Recommend: '',
    };
    return { action: name, code, reply: replyOf(httpStatus, 'Error', result, format) };
  }
}

async function run(
  api: Api,
  actionName: string,
  parameters: Parameters,
  body: Buffer,
  exchange: Exchange,
  services: Services,
): Promise<Result> {
  const { account, faults, region } = services;
  const action = Object.hasOwn(api.actions, actionName) ? api.actions[actionName] : undefined;
  if (!action) {
    // Told to everybody: some actions that are not served here are not signed, such as AssumeRoleWithOIDC.
    // 400, although Alibaba Cloud gives 404: the provider takes any 404 for "the resource is gone".
    throw new CloudError(
      'InvalidAction.NotFound',
      `the action ${excerpt(actionName)} of ${api.product} ${api.version} is not served here, ` +
        `expected ${servedActions(api).join(', ')}`,
    );
  }
  const principal = callerOf(exchange, parameters, body, services);
  await faults.apply(api.product, actionName);
  const at = parameters.get('RegionId') || hostRegion(exchange) || region;
  // RAM and STS are the same everywhere. What was made in such a region before can still be seen and removed.
  const meant = REGIONS.includes(at) || api.ofRam || !/Create/.test(actionName) ? undefined : nearest(at, REGIONS);
  if (meant !== undefined) {
    throw new CloudError(
      'InvalidRegionId',
      `RegionId: expected a region of Alibaba Cloud, got ${excerpt(at)}${didYouMean(meant)}`,
    );
  }
  const call: ActionCall = { account, principal, region: at, faults, secure: exchange.secure };
  checkPermission(api, actionName, action, parameters, call);
  return action.run(parameters, call);
}

/** @throws CloudError NoPermission */
function checkPermission(
  api: Api,
  actionName: string,
  { resource }: Action,
  parameters: Parameters,
  { account, principal, region, secure }: ActionCall,
): void {
  if (resource === null) {
    return;
  }
  const { accountId } = account.identity;
  const names = [actionName, ...(api.policyName ? [api.policyName(actionName)] : [])].flatMap((name) =>
    api.policyPrefixes.map((prefix) => `${prefix}:${name}`),
  );
  for (const one of [resource(parameters, principal)].flat()) {
    const inAccount = api.ofRam ? arn('ram', '', accountId, one) : arn(api.policyPrefixes[0], region, accountId, one);
    const name = one.startsWith('acs:') ? one : inAccount;
    if (!mayDo(account, principal, names, name, requestContext(secure))) {
      throw new CloudError('NoPermission', `You are not authorized to do ${names[0]} on ${name}.`, 403);
    }
  }
}

/**
 * What is answered where no Format is given. Source: common parameters of RPC APIs, whose default is XML; calls of
 * signature version 3 say by their Accept header what they take, and get JSON otherwise.
 */
function defaultFormat(exchange: Exchange): string {
  const accepts = header(exchange, 'accept') ?? '';
  return header(exchange, 'authorization') === undefined || /^(application|text)\/xml\b/i.test(accepts)
    ? 'XML'
    : 'JSON';
}

function apiOf(version: string, actionName: string): Api {
  const candidates = APIS.filter((api) => api.version === version);
  if (candidates.length === 0) {
    throw new CloudError(
      'InvalidVersion',
      `the version ${excerpt(version)} (of the action ${excerpt(actionName)}) is not served here, ` +
        `expected ${APIS.map((api) => `${api.version} of ${api.product}`).join(', ')}`,
    );
  }
  return candidates[0];
}

function parametersOf(exchange: Exchange, body: Buffer): Parameters {
  const form = /^application\/x-www-form-urlencoded/i.test(header(exchange, 'content-type') ?? '') ? String(body) : '';
  const parameters = new Map([...exchange.query, ...new URLSearchParams(form)]);
  if (parameters.size > MAX_PARAMETERS) {
    throw new CloudError('InvalidParameter', `expected up to ${MAX_PARAMETERS} parameters, got ${parameters.size}`);
  }
  return parameters;
}

function hostRegion({ authority }: Exchange): string | undefined {
  return authority.kind === 'alibaba' ? authority.region : undefined;
}

const SUBJECTS = ['RoleName', 'UserName', 'PolicyName', 'Topic', 'GroupId', 'QueueName', 'InstanceId', 'RoleArn'];

/** The first parameter that names a thing, for the log. */
function subjectOf(parameters: Parameters): string {
  return SUBJECTS.map((name) => parameters.get(name)).find((value) => value !== undefined) ?? '';
}

function replyOf(status: number, root: string, result: Result, format: string): Handled['reply'] {
  return format === 'XML'
    ? { status, headers: { 'content-type': 'text/xml;charset=utf-8' }, body: writeXml(root, result) }
    : { status, headers: { 'content-type': 'application/json;charset=utf-8' }, body: JSON.stringify(result) };
}
