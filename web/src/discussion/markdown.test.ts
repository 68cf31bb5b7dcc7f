import { describe, expect, it } from 'vitest';
import { edit, quotation } from './markdown';

const run = (value: string, from: number, to: number, tool: Parameters<typeof edit>[3]): string => {
  const e = edit(value, from, to, tool);
  return value.slice(0, e.start) + e.text + value.slice(e.end);
};

describe('toolbar', () => {
  it('wraps the selection', () => expect(run('say it', 4, 6, 'bold')).toBe('say **it**'));
  it('leaves blanks outside', () => expect(run('please do', 0, 7, 'bold')).toBe('**please** do'));
  it('wraps each paragraph', () => expect(run('a\n\nb c', 0, 6, 'bold')).toBe('**a**\n\n**b c**'));
  it('selects the words', () => expect(edit('say it ', 4, 7, 'bold').select).toEqual([6, 8]));
  it('puts the caret between the signs when nothing is chosen', () =>
    expect(edit('', 0, 0, 'italic').select).toEqual([1, 1]));
  it('starts every chosen line', () => expect(run('a\nb\nc', 0, 3, 'list')).toBe('- a\n- b\nc'));
  it('quotes from the start of the line', () => expect(run('one two', 4, 7, 'quote')).toBe('> one two'));
  it('makes a link of an address', () => expect(run('https://ilo.org', 0, 15, 'link')).toBe('[](https://ilo.org)'));
});

describe('quotation', () => {
  it('names its author', () => expect(quotation('a\n\nb\n', 'Li Wei')).toBe('> a\n>\n> b\n>\n> — Li Wei\n\n'));
  it('takes no link from a name', () =>
    expect(quotation('a', '[Free](https://evil.example/x)')).toBe(
      '> a\n>\n> — \\[Free\\]\\(https:\\/\\/evil.example/x\\)\n\n',
    ));
  it('takes no link from an address as a name', () =>
    expect(quotation('a', 'www.evil.example a@b.org')).toBe('> a\n>\n> — www\\.evil.example a\\@b.org\n\n'));
  it('closes a fence', () => expect(quotation('```\ncode', 'Li')).toBe('> ```\n> code\n> ```\n>\n> — Li\n\n'));
  it('leaves a closed fence', () =>
    expect(quotation('~~~\ncode\n~~~', 'Li')).toBe('> ~~~\n> code\n> ~~~\n>\n> — Li\n\n'));
});
