/** Name of the stack of what an account has once. */
export const ACCOUNT_STACK = 'account';

/** Name of an environment's stack. */
export function notificationStackName(environment: string): string {
  return `notification-${environment}`;
}
