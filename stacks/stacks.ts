import type { App } from 'cdktf';
import { AccountStack } from './account-stack';
import { NotificationStack } from './notification-stack';
import type { Settings } from './settings';
import { ACCOUNT_STACK, notificationStackName } from './stack-names';

/** The stacks of one settings file: the account's, then one for each environment, which waits for it. */
export function addStacks(app: App, settings: Settings, folder: string): void {
  const account = new AccountStack(app, ACCOUNT_STACK, { settings, folder });
  for (const [name, environment] of Object.entries(settings.environments)) {
    const stack = new NotificationStack(app, notificationStackName(name), { settings, environment, folder });
    stack.addDependency(account);
  }
}
