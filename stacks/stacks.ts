import type { App } from 'cdktf';
import { AccountStack } from './account-stack';
import { NotificationStack } from './notification-stack';
import type { Settings } from './settings';

/** The stacks of one settings file: the account's, then one for each environment, which waits for it. */
export function addStacks(app: App, settings: Settings, folder: string): void {
  const account = new AccountStack(app, 'account', { settings, folder });
  for (const [name, environment] of Object.entries(settings.environments)) {
    const stack = new NotificationStack(app, notificationStackName(name), { settings, environment, folder });
    stack.addDependency(account);
  }
}

/** Name of an environment's stack. */
export function notificationStackName(environment: string): string {
  return `notification-${environment}`;
}
