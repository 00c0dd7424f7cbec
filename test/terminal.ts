import { createRequire } from 'node:module';

interface Terminal {
  onData(told: (text: string) => void): void;
  onExit(told: (end: { exitCode: number; signal?: number }) => void): void;
  write(keys: string): void;
}
// cdktf-cli's terminal, whose declarations name another module.
const pty = createRequire(__filename)('@cdktf/node-pty-prebuilt-multiarch') as {
  spawn(file: string, args: string[], options: object): Terminal;
};

/** What is typed, each once its question has come. */
export type Answers = readonly (readonly [question: RegExp, keys: string | (() => Promise<string>)])[];

/** Runs a command of a shell on a terminal of its own. */
export function runOnTerminal(
  command: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  answers: Answers = [],
): Promise<{ code: number; output: string }> {
  const terminal = pty.spawn('sh', ['-c', command], { ...options, cols: 200 });
  const left = [...answers];
  let output = '';
  terminal.onData((text) => {
    output += text;
    if (left.length > 0 && left[0][0].test(output)) {
      const [, keys] = left.shift()!;
      if (typeof keys === 'string') {
        terminal.write(keys);
      } else {
        void keys().then((later) => terminal.write(later));
      }
    }
  });
  return new Promise((resolve) =>
    terminal.onExit(({ exitCode, signal }) => resolve({ code: signal ? 128 + signal : exitCode, output })),
  );
}
