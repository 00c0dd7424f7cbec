import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT } from './run-node';

/** A piece of code in a page of the documentation. */
export interface Snippet {
  readonly language: string;
  readonly text: string;
  /** What its first line says after the sign of a comment; empty where that is code. */
  readonly title: string;
}

/** All pieces of code of a page, in their order. */
export function snippetsOf(page: string): readonly Snippet[] {
  const text = fs.readFileSync(path.join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({
    language,
    text: code,
    title: /^(?:#|\/\/) (.*)/.exec(code)?.[1] ?? '',
  }));
}

/** The one piece of code with a title. */
export function snippet(page: string, title: string): Snippet {
  const found = snippetsOf(page).filter((one) => one.title === title);
  if (found.length !== 1) {
    throw new Error(`expected one piece of code titled ${title} in ${page}, got ${found.length}`);
  }
  return found[0];
}
