import {
  DefaultTokenResolver,
  StringConcat,
  type TerraformDataSource,
  TerraformResource,
  TerraformStack,
  Tokenization,
} from 'cdktf';
import type { IConstruct } from 'constructs';
import { ConstructError, errorText, valueText } from './validation';

/** A value with cdktf's tokens as the references that Terraform gets to see, e.g. `${var.instance_id}`. */
export function withReferences<T>(scope: IConstruct, value: T): T {
  const resolver = new DefaultTokenResolver(new StringConcat());
  return Tokenization.resolve(value, { scope, resolver, preparing: false }) as T;
}

/** What names a resource: the argument, as every class of bindings calls what it was given, and Terraform's attribute. */
const NAMES: Readonly<Record<string, { readonly argument?: string; readonly attribute: string }>> = {
  alicloud_message_service_queue: { argument: 'queueNameInput', attribute: 'queue_name' },
  alicloud_ons_group: { argument: 'groupNameInput', attribute: 'group_name' },
  alicloud_ons_instance: { attribute: 'id' },
  alicloud_ons_topic: { argument: 'topicNameInput', attribute: 'topic_name' },
  alicloud_oss_bucket: { argument: 'bucketInput', attribute: 'bucket' },
  alicloud_ram_role: { attribute: 'role_name' },
};

/** The name that a resource was given. */
export function givenName(resource: TerraformResource | undefined): string | undefined {
  const { argument } = (resource && NAMES[resource.terraformResourceType]) ?? {};
  return argument && (resource as unknown as Record<string, string | undefined>)[argument];
}

/** What is wrong where `addOverride` names a resource otherwise than its construct, for that name stands in grants and policies. */
export function overriddenName(resource: TerraformResource | undefined): string[] {
  const given = givenName(resource);
  if (!resource || given === undefined) {
    return [];
  }
  const { attribute } = NAMES[resource.terraformResourceType];
  const other = (resource as unknown as { rawOverrides: Record<string, unknown> }).rawOverrides[attribute];
  return other === undefined || other === given
    ? []
    : [
        errorText({
          property: attribute,
          received: `${valueText(other)} by addOverride`,
          allowed: `${valueText(given)}, which grants and policies name: give another name to the construct`,
        }),
      ];
}

/** Gives the reference to an attribute of what a stack makes or reads: the one that names it, if none is given. */
export type ReferenceText = (
  element: TerraformResource | TerraformDataSource | undefined,
  attribute?: string,
) => string | undefined;

/**
 * The reference to an attribute as Terraform's text, where the stack of a construct makes or reads what has it. A token,
 * which every other use needs, takes a stack trace: they were a third of the time and half of the memory of a synth.
 *
 * @param attribute the one that names a resource, if none is given
 * @returns undefined where another stack makes it, or none
 */
export function referenceAsText(
  construct: IConstruct,
  element: TerraformResource | TerraformDataSource | undefined,
  attribute = element && NAMES[element.terraformResourceType]?.attribute,
): string | undefined {
  if (!element || !attribute || TerraformStack.of(element) !== TerraformStack.of(construct)) {
    return undefined;
  }
  const kind = TerraformResource.isTerraformResource(element) ? '' : 'data.';
  const all = element.forEach ? '.*' : '';
  return `\${${kind}${element.terraformResourceType}.${element.friendlyUniqueId}${all}.${attribute}}`;
}

/**
 * A resource for what belongs to it, by its id: Terraform knows that only after the apply where the resource is replaced, and
 * so makes its parts anew, which are gone with the former one of the same name.
 */
export function referenceToId(construct: IConstruct, resource: TerraformResource): string {
  return referenceAsText(construct, resource, 'id')!;
}

const followers = new WeakMap<TerraformResource, (() => void)[]>();

/**
 * Has what refers to a resource as text do so anew after each `overrideLogicalId`: cdktf takes the name that was once read
 * for the last one, without a word. Where a token refers to it the call is an error.
 */
export function onRename(resource: TerraformResource, refer: () => void): void {
  const known = followers.get(resource);
  if (known) {
    known.push(refer);
    return;
  }
  const all = [refer];
  followers.set(resource, all);
  let read: string | undefined;
  const refersTo = resource.interpolationForAttribute.bind(resource);
  resource.interpolationForAttribute = (attribute) => {
    read ??= attribute;
    return refersTo(attribute);
  };
  for (const name of ['overrideLogicalId', 'resetOverrideLogicalId'] as const) {
    const change = resource[name].bind(resource);
    resource[name] = (id?: string) => {
      if (read !== undefined) {
        throw new ConstructError(resource.node.path, [
          {
            property: name,
            received: `one after its ${read} was read`,
            allowed: 'a call before anything refers to the resource, right after it is made',
          },
        ]);
      }
      change(id!);
      Object.assign(resource, { _friendlyUniqueId: undefined });
      all.forEach((one) => one());
    };
  }
}
