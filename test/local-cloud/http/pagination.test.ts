import { describe, expect, it } from 'vitest';
import { pageOf } from '../../../lib/local-cloud/http/pagination';

const page = (names: readonly string[], marker?: string) => pageOf(names, (name) => name, marker, 2);

describe('a page', () => {
  it('comes after the item of the marker, in the order of names', () => {
    const first = page(['c', 'a', 'd', 'b']);
    expect(first.items).toEqual(['a', 'b']);
    expect(page(['c', 'a', 'd', 'b'], first.next)).toEqual({ items: ['c', 'd'] });
  });

  it('goes on where that item is gone, as when each page is deleted before the next', () => {
    let names = ['a', 'b', 'c', 'd', 'e'];
    const seen: string[] = [];
    for (let marker: string | undefined, more = true; more; more = marker !== undefined) {
      const { items, next } = page(names, marker);
      seen.push(...items);
      names = names.filter((name) => !items.includes(name));
      marker = next;
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('is refused for a marker that was not given out', () => {
    for (const marker of ['none', 'b', Buffer.from('b').toString('base64url')]) {
      expect(() => page(['a', 'b'], marker)).toThrow(/not one that was given out/);
    }
  });
});
