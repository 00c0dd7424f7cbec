/** What is known of a stream that may lead to a terminal. */
interface Stream {
  readonly isTTY?: boolean;
}

/** Whether lines can be drawn anew there: it is a terminal, and no plain one. */
export function canRedraw(stream: Stream, env: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Whether colours are wanted there, as no-color.org lays down. */
export function showsColors(stream: Stream, env: NodeJS.ProcessEnv = process.env): boolean {
  return canRedraw(stream, env) && !env.NO_COLOR;
}
