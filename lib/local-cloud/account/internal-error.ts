/**
 * Tells the developer of an error that is ours, with its stack, on standard error, and returns what a client may be told.
 * Refusals of a service are `CloudError`s and never come here.
 */
export function internalError(doing: string, error: unknown): string {
  process.stderr.write(`alicloud-local: internal error: ${doing}: ${stackOf(error)}\n`);
  return `internal error of the local cloud, ${doing}: ${error instanceof Error ? error.message : String(error)}`;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
