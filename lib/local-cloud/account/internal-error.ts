/**
 * Tells the developer of an error that is ours, with its stack, on standard error, and returns what a client may be
 * told, which names no local file. What a service refuses is a `CloudError` and never comes here.
 */
export function internalError(doing: string, error: unknown): string {
  const { stack, name, code } = (error instanceof Error ? error : new Error(String(error))) as NodeJS.ErrnoException;
  process.stderr.write(`alicloud-local: internal error: ${doing}: ${stack}\n`);
  return `internal error of the local cloud (${code ?? name}): ${doing}; standard error has the stack`;
}
