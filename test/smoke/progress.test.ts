import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Progress } from '../../lib/smoke';
import { ProgressView } from '../../lib/smoke/progress';

const at = (changes: Partial<Progress> = {}): Progress => ({
  channel: 'stack/one',
  step: 'wait',
  elapsedMillis: 1_000,
  text: 'status RUNNING',
  ...changes,
});

let written: string;
const stream = (isTTY: boolean, columns?: number) => ({ isTTY, columns, write: (text: string) => (written += text) });

beforeEach(() => {
  written = '';
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('on a pipe', () => {
  it('is a plain line for each change', () => {
    const view = new ProgressView(stream(false));
    view.update(at({ step: 'connect', text: 'h:1', elapsedMillis: 0 }));
    view.update(at({ nextPollMillis: 250 }));
    view.update(at({ nextPollMillis: 300, elapsedMillis: 1_250 }));
    view.update(at({ text: 'status SUCCESS', elapsedMillis: 2_000 }));
    view.update(at({ step: 'check', text: 'status SUCCESS', elapsedMillis: 2_000 }));
    view.update(at({ channel: 'stack/two' }));
    view.end();
    expect(written).toBe(
      [
        'stack/one  connect  0ms  h:1',
        'stack/one  wait  1s  status RUNNING, next look in 250ms',
        'stack/one  wait  2s  status SUCCESS',
        'stack/one  check  2s  status SUCCESS',
        'stack/two  wait  1s  status RUNNING',
        '',
      ].join('\n'),
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  it('makes control characters visible', () => {
    new ProgressView(stream(false)).update(at({ text: 'a\u001b[2Jb\nc' }));
    expect(written).toBe('stack/one  wait  1s  a\ufffd[2Jb c\n');
  });
});

describe('on a terminal', () => {
  it('is one live line for each channel, which goes in the end', () => {
    const view = new ProgressView(stream(true, 80));
    view.update(at({ nextPollMillis: 500 }));
    expect(written).toBe('stack/one  wait  1s  status RUNNING, next look in 500ms\n');
    written = '';
    view.update(at({ channel: 'stack/two', text: 'x' }));
    expect(written).toBe(
      '\u001b[1A\u001b[0Jstack/one  wait  1s  status RUNNING, next look in 500ms\nstack/two  wait  1s  x\n',
    );
    written = '';
    view.end();
    expect(written).toBe('\u001b[2A\u001b[0J');
    written = '';
    view.end();
    expect(written).toBe('');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps the line of a channel that is done above those that run', () => {
    const view = new ProgressView(stream(true, 80));
    view.update(at());
    view.update(at({ channel: 'stack/two' }));
    written = '';
    view.update(at({ step: 'done', text: 'pass: sent' }));
    expect(written).toBe('\u001b[2A\u001b[0Jstack/one  done  1s  pass: sent\nstack/two  wait  1s  status RUNNING\n');
    view.end();
  });

  it('keeps the line of a diagnosis, of whose end it is not told', () => {
    const view = new ProgressView(stream(true, 80));
    view.update(at({ step: 'done', text: 'fail: not sent' }));
    view.update(at({ step: 'diagnose', text: 'looking' }));
    view.end();
    expect(written).toBe('stack/one  done  1s  fail: not sent\nstack/one  diagnose  1s  looking\n');
  });

  it('draws no more lines than fit, for the cursor must find back', () => {
    const view = new ProgressView({ ...stream(true, 80), rows: 3 });
    ['a', 'b', 'c', 'd'].forEach((channel) => view.update(at({ channel })));
    written = '';
    view.end();
    expect(written).toBe('\u001b[2A\u001b[0J');
  });

  it('shows a line on a terminal that tells no size', () => {
    const view = new ProgressView({ ...stream(true, 0), rows: 0 });
    view.update(at());
    expect(written).toBe('stack/one  wait  1s  status RUNNING\n');
    view.end();
  });

  it('counts on while nothing is told', () => {
    const view = new ProgressView(stream(true, 80));
    view.update(at({ nextPollMillis: 500 }));
    written = '';
    vi.advanceTimersByTime(200);
    expect(written).toBe('\u001b[1A\u001b[0Jstack/one  wait  1.2s  status RUNNING, next look in 300ms\n');
    written = '';
    vi.advanceTimersByTime(600);
    expect(written).toMatch(/wait {2}1\.8s {2}status RUNNING, next look in 0ms\n$/);
    view.end();
  });

  it('never breaks a line', () => {
    const view = new ProgressView(stream(true, 20));
    view.update(at());
    view.end();
    expect(written).toMatch(/^stack\/one {2}wait {2}1s\n/);
    written = '';
    const unknown = new ProgressView(stream(true));
    unknown.update(at({ text: 'x'.repeat(200) }));
    unknown.end();
    expect(written.split('\n')[0]).toHaveLength(79);
  });

  it.each([
    ['角', 9],
    ['Ａ', 9],
    ['한', 9],
    ['😀', 9],
    ['𠀀', 9],
    ['é', 19],
    ['…', 19],
  ])('cuts a line of %s by the columns that it takes', (character, times) => {
    const view = new ProgressView(stream(true, 41));
    view.update(at({ text: character.repeat(30) }));
    view.end();
    expect(written.split('\n')[0]).toBe(`stack/one  wait  1s  ${character.repeat(times)}`);
  });
});
