import { describe, expect, it } from 'vitest';
import { edit } from './markdown';
import { quotation } from './quotation';

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

describe('emphasis', () => {
  it.each([
    ['注意：请各方回复', 0, 3, '**注意**：请各方回复'],
    ['这是“关键”的', 2, 6, '这是“**关键**”的'],
    ['根据《劳动法》第三十六条', 2, 7, '根据《**劳动法**》第三十六条'],
    ['please reply', 0, 7, '**please** reply'],
    ['a  b', 1, 4, 'a  **b**'],
    ['One.\n\nTwo.', 0, 10, '**One**.\n\n**Two**.'],
    ['（……）', 0, 4, '（……）'],
    ['加粗', 0, 2, '**加粗**'],
  ])('marks the words of “%s”', (text, from, to, wanted) => expect(run(text, from, to, 'bold')).toBe(wanted));
  it('keeps the words chosen, and takes the marks away again', () => {
    const marked = edit('注意：请', 0, 3, 'bold');
    expect(marked.select).toEqual([2, 4]);
    expect(run('**注意**：请', 2, 4, 'bold')).toBe('注意：请');
    expect(run('**注意**：请', 2, 4, 'italic')).toBe('***注意***：请');
  });
  it('numbers the chosen lines', () => expect(run('a\nb', 0, 3, 'numbers')).toBe('1. a\n2. b'));
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
