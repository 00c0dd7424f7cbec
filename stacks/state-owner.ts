import {
  Aspects,
  DataResource,
  dependable,
  type Postcondition,
  TerraformResource,
  TerraformSelf,
  TerraformStack,
} from 'cdktf';
import { Construct } from 'constructs';
import { DataAlicloudCallerIdentity } from '../lib/provider-schema/gen/data-alicloud-caller-identity/index';

/** Which account a state may belong to. */
export interface StateOwnerProps {
  /**
   * Account that the credentials must be of.
   *
   * @default - whichever account deploys first
   */
  readonly accountId?: string;

  /**
   * Region that everything is in.
   *
   * @default - the stack has nothing that knows regions
   */
  readonly region?: string;
}

/**
 * Writes the account and the region that a state belongs to into the state, and refuses to plan with another one's
 * credentials or in another one: every resource would seem to be gone, and would be made again in the wrong place. It
 * goes last, so that a state of which a part could not be destroyed still has its owner.
 */
export class StateOwner extends Construct {
  constructor(scope: Construct, id: string, props: StateOwnerProps = {}) {
    super(scope, id);
    const caller = new DataAlicloudCallerIdentity(this, 'Caller');
    const owner = new DataResource(this, 'Resource', {
      input: { account_id: caller.accountId, region: props.region },
      lifecycle: {
        // The first ones stay on record; without this a change would be an update like any other.
        ignoreChanges: ['input'],
        precondition:
          props.accountId === undefined
            ? undefined
            : [
                {
                  condition: `\${${caller.fqn}.account_id == "${props.accountId}"}`,
                  errorMessage: `the settings are for account ${props.accountId}, the credentials are of account ${caller.accountId}`,
                },
              ],
        postcondition: [
          {
            condition: `\${self.output.account_id == ${caller.fqn}.account_id}`,
            errorMessage: `this state belongs to account ${TerraformSelf.getString('output.account_id')}, the credentials are of account ${caller.accountId}: use credentials of the first, or another settings file`,
          },
          ...(props.region === undefined ? [] : [sameRegion(props.region)]),
        ],
      },
    });
    Aspects.of(TerraformStack.of(this)).add({
      visit: (node) => {
        if (TerraformResource.isTerraformResource(node) && node !== owner) {
          node.dependsOn = [...(node.dependsOn ?? []), dependable(owner)];
        }
      },
    });
  }
}

/** A state of version 0.1 has no region on record. */
function sameRegion(region: string): Postcondition {
  return {
    condition: `\${try(self.output.region, "${region}") == "${region}"}`,
    errorMessage: `what this state has is in \${try(self.output.region, "another region")}, the settings say ${region}: an environment cannot move; put its region back, and add another environment for ${region}`,
  };
}
