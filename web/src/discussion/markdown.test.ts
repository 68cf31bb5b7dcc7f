import { describe, expect, it } from 'vitest';
import { edit, quotation } from './markdown';

const run = (value: string, from: number, to: number, tool: Parameters<typeof edit>[3]): string => {
  const e = edit(value, from, to, tool);
  return value.slice(0, e.start) + e.text + value.slice(e.end);
};

describe('toolbar', () => {
  it('wraps the selection', () => expect(run('say it', 4, 6, 'bold')).toBe('say **it**'));
  it('puts the caret between the signs when nothing is chosen', () =>
    expect(edit('', 0, 0, 'italic').select).toEqual([1, 1]));
  it('starts every chosen line', () => expect(run('a\nb\nc', 0, 3, 'list')).toBe('- a\n- b\nc'));
  it('quotes from the start of the line', () => expect(run('one two', 4, 7, 'quote')).toBe('> one two'));
  it('makes a link of an address', () => expect(run('https://ilo.org', 0, 15, 'link')).toBe('[](https://ilo.org)'));
});

describe('quotation', () => {
  it('names its author', () => expect(quotation('a\n\nb\n', 'Li Wei')).toBe('> a\n>\n> b\n> — Li Wei\n\n'));
});
