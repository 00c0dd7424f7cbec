import { Aspects, DataResource, dependable, TerraformResource, TerraformSelf, TerraformStack } from 'cdktf';
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
}

/**
 * Writes the account that a state belongs to into the state, and refuses to plan with credentials of another: every
 * resource would seem to be gone, and would be made again in the wrong place. It goes last, so that a state of which a
 * part could not be destroyed still has its owner.
 */
export class StateOwner extends Construct {
  constructor(scope: Construct, id: string, props: StateOwnerProps = {}) {
    super(scope, id);
    const caller = new DataAlicloudCallerIdentity(this, 'Caller');
    const owner = new DataResource(this, 'Resource', {
      input: { account_id: caller.accountId },
      lifecycle: {
        // The first account stays on record; without this a change of credentials would be an update like any other.
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
