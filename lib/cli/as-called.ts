/** How a command is called again as it was this time: `npx` puts none on the PATH of the next terminal. */
export function asCalled(name: string, env: NodeJS.ProcessEnv = process.env): string {
  return env.npm_command === 'exec' ? `npx ${name}` : name;
}
