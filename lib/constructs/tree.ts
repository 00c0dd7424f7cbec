import { TerraformStack, Token } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { sameCdktf } from '../provider-schema/cdktf-line';
import { ConstructError, type PropertyError, valueText } from './validation';

/** Whether a construct still stands in its app: `node.tryRemoveChild` may have taken it, or one above it, out. */
export function isInTree(construct: IConstruct): boolean {
  const { id, scope } = construct.node;
  return scope === undefined || (scope.node.tryFindChild(id) === construct && isInTree(scope));
}

/** @throws ConstructError if it is not one, or one of another cdktf */
export function checkedScope(scope: Construct, id: string): Construct {
  sameCdktf(scope);
  if (!Construct.isConstruct(scope)) {
    const received = valueText(scope);
    throw new ConstructError(String(id), [{ property: 'scope', received, allowed: 'a construct in a TerraformStack' }]);
  }
  return scope;
}

/**
 * The id of a new construct. Names are made of ids, and a reference is another text at each synth.
 *
 * @param kind what is made, for the id that is suggested in place of one that is taken
 *
 * @throws ConstructError if it is a reference, or if something below the scope has it
 */
export function freeId(scope: Construct, id: string, kind: string): string {
  checkedScope(scope, id);
  if (typeof id !== 'string' || id === '') {
    throw new ConstructError(scope.node.path, [{ property: 'id', received: valueText(id), allowed: 'text' }]);
  }
  const errors: PropertyError[] = Token.isUnresolved(id)
    ? [{ property: 'id', received: 'a reference of Terraform', allowed: 'an id that is known at synth' }]
    : scope.node.tryFindChild(id)
      ? [
          {
            property: 'id',
            received: valueText(id),
            allowed: `an id that nothing below ${scope.node.path} has`,
            suggestion: `${id}-${kind}`,
          },
        ]
      : [];
  if (errors.length > 0) {
    throw new ConstructError(scope.node.path, errors);
  }
  // As the name of a property: with an id that was put together at run time V8 has two bytes for each character of paths,
  // of all that is made of them, and of the whole JSON at the end of a synth.
  return Object.keys({ [id]: undefined })[0];
}

/**
 * Has the stack of a construct deployed after that of something it needs.
 *
 * @throws ConstructError if that one comes after it already
 */
export function deployAfter(construct: IConstruct, needed: IConstruct): void {
  const [stack, home] = [construct, needed].map((one) => TerraformStack.of(one));
  if (stack === home) {
    return;
  }
  if (home.dependsOn(stack)) {
    throw new ConstructError(construct.node.path, [
      {
        property: 'stack',
        received: `${home.node.path}, which has ${needed.node.path} and comes after it`,
        allowed: `nothing needed of a stack that comes after ${stack.node.path}: put what both need into a stack of its own`,
      },
    ]);
  }
  stack.addDependency(home);
}
