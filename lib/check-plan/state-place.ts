/** In the place of a stack's name. */
const NAME = '\0';

/** Where the states of an app's stacks are: alike, but for the name of the stack. */
export class StatePlace {
  private constructor(private readonly text: string) {}

  /**
   * Where states like that of a stack are: with its name throughout, in the last part of it alone, or only once: another
   * thing may happen to be called like the stack.
   *
   * @param place parts of it with `/` between them
   * @returns none where the place does not tell the name, as a word of its own
   */
  public static of(place: string, stack: string): StatePlace[] {
    const word = new RegExp(`(?<![A-Za-z0-9])${escaped(stack)}(?![A-Za-z0-9])`, 'g');
    const last = place.lastIndexOf('/') + 1;
    const all = [...place.matchAll(word)].map(({ index }) => index);
    const texts = [all, all.filter((index) => index >= last), ...all.map((index) => [index])]
      .filter((chosen) => chosen.length > 0)
      .map((chosen) => place.replace(word, (name, index: number) => (chosen.includes(index) ? NAME : name)));
    return [...new Set(texts)].map((text) => new StatePlace(text));
  }

  /** What all of them begin with. */
  public get start(): string {
    return this.text.slice(0, this.text.indexOf(NAME));
  }

  /** The folder that tells the stacks apart. */
  public get folder(): string {
    return this.start.slice(0, this.start.lastIndexOf('/') + 1);
  }

  /** Where the state of a stack would be. */
  public placeOf(stack: string): string {
    return this.text.replaceAll(NAME, () => stack);
  }

  /** The stack whose state is at a place, if it is one of these. */
  public stackAt(place: string): string | undefined {
    return nameIn(place, this.text);
  }

  /** The stack that a file or folder of `folder` is for, if it is for one. */
  public stackOf(entry: string): string | undefined {
    return nameIn(entry, this.text.slice(this.folder.length).split('/')[0]);
  }
}

function nameIn(place: string, text: string): string | undefined {
  const [first, ...rest] = text.split(NAME).map(escaped);
  return new RegExp(`^${first}([^/]+)${rest.join('\\1')}$`).exec(place)?.[1];
}

/** A text in a regular expression. */
export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
