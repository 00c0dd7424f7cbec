import { type Progress } from './channel-test';
import { formatDuration } from '../cli/durations';
import { canRedraw } from '../cli/terminal';
import { printable } from './secrets';

/** The part of a terminal or pipe that progress is written to. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** How often the line of a terminal is drawn anew, so that elapsed time and next look stay true. */
const REDRAW_MILLIS = 200;

/** Lines and columns of a terminal that does not tell, or tells none. */
const [ROWS, COLUMNS] = [24, 80];

/** Shows where the tests stand: one live line for each running channel on a terminal, plain lines elsewhere. */
export class ProgressView {
  private readonly states = new Map<string, { progress: Progress; at: number }>();
  private readonly timer?: NodeJS.Timeout;
  private drawn = 0;

  constructor(private readonly stream: ProgressStream) {
    if (canRedraw(stream)) {
      this.timer = setInterval(() => this.draw(), REDRAW_MILLIS);
    }
  }

  public update(progress: Progress): void {
    const before = this.states.get(progress.channel)?.progress;
    this.states.set(progress.channel, { progress, at: performance.now() });
    if (this.timer) {
      // Nothing is told when a diagnosis ends: it gets no live line.
      if (progress.step === 'done' || progress.step === 'diagnose') {
        this.erase();
        this.states.delete(progress.channel);
        this.stream.write(`${lineOf(progress, 0)}\n`);
      }
      this.draw();
    } else if (before?.step !== progress.step || before.text !== progress.text) {
      this.stream.write(`${lineOf(progress, 0)}\n`);
    }
  }

  /** Removes the live lines: what stays are the ends and the report. */
  public end(): void {
    if (this.timer) {
      clearInterval(this.timer);
      this.erase();
    }
  }

  private draw(): void {
    this.erase();
    const width = (this.stream.columns || COLUMNS) - 1;
    // The cursor cannot go back to lines that have left the screen.
    const shown = [...this.states.values()].slice(0, Math.max(1, (this.stream.rows || ROWS) - 1));
    for (const { progress, at } of shown) {
      this.stream.write(`${cut(lineOf(progress, performance.now() - at), width)}\n`);
    }
    this.drawn = shown.length;
  }

  private erase(): void {
    if (this.drawn > 0) {
      this.stream.write(`\u001b[${this.drawn}A\u001b[0J`);
      this.drawn = 0;
    }
  }
}

/** Characters in two columns of a terminal: those of East Asia, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** The start of a text that fits into so many columns: a line that breaks could not be drawn over. */
function cut(text: string, columns: number): string {
  let end = 0;
  for (const character of text) {
    columns -= WIDE.test(character) ? 2 : 1;
    if (columns < 0) {
      break;
    }
    end += character.length;
  }
  return text.slice(0, end);
}

function lineOf(progress: Progress, sinceMillis: number): string {
  const next =
    progress.nextPollMillis === undefined
      ? ''
      : `, next look in ${formatDuration(Math.max(0, progress.nextPollMillis - sinceMillis))}`;
  const elapsed = formatDuration(progress.elapsedMillis + sinceMillis);
  return printable(`${progress.channel}  ${progress.step}  ${elapsed}  ${progress.text}${next}`);
}
