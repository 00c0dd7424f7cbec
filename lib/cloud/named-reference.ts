/** What can be referred to by its name. */
export type ReferredKind = 'bucket' | 'instance' | 'topic' | 'group' | 'queue' | 'role';

/** Something that a stack refers to by its name. */
export interface NamedReference {
  readonly kind: ReferredKind;
  /** Its name, or the id of an instance; `${var.NAME}` in it stands for a variable of the stack. */
  readonly name: string;
  /** Instance of a topic or group, where its id is known. */
  readonly instanceId?: string;
  /** Provider of the stack that works where it is, e.g. `alicloud.shanghai`. */
  readonly provider: string;
  /** Its region, where it need not be that of the provider. */
  readonly region?: string;
}

/**
 * What a synthesised stack tells to whoever compares plans, so that nothing is destroyed that another stack refers to.
 * Terraform ignores it.
 */
export interface ReferenceMetadata {
  /** By path of the construct that refers. */
  readonly '//'?: { readonly references?: Readonly<Record<string, NamedReference>> };
}
