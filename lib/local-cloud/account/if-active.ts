import { CloudError } from './cloud-error';

/** What there is of a service; nothing while it is not activated. */
export function ifActive<T>(list: () => T[]): T[] {
  try {
    return list();
  } catch (error) {
    if (error instanceof CloudError) {
      return [];
    }
    throw error;
  }
}
