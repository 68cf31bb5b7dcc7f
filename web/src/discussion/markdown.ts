// What the toolbar does to the text of an editor: Markdown put around or in front of the selection.

export type Tool = 'bold' | 'italic' | 'quote' | 'list' | 'numbers' | 'link';

export interface Edit {
  /** Replaces this range of the text … */
  start: number;
  end: number;
  text: string;
  /** … and selects this one after. */
  select: [number, number];
}

export function edit(value: string, from: number, to: number, tool: Tool): Edit {
  if (tool === 'quote') return prefixLines(value, from, to, '> ');
  if (tool === 'list') return prefixLines(value, from, to, '- ');
  if (tool === 'numbers') return prefixLines(value, from, to, (at) => `${at + 1}. `);
  const chosen = value.slice(from, to);
  if (tool === 'link') {
    const isUrl = /^https?:\/\/\S+$/.test(chosen);
    const text = isUrl ? `[](${chosen})` : `[${chosen}](https://)`;
    const at = isUrl || chosen === '' ? from + 1 : from + text.length - 1;
    return { start: from, end: to, text, select: [at, at] };
  }
  return emphasise(value, from, to, tool === 'bold' ? '**' : '*');
}

/** Blanks and signs at the edges of what is chosen, beside which the marks would stay signs: in Chinese text above all. */
const BEFORE = /^[\s\p{P}\p{S}]+/u;
const AFTER = /[\s\p{P}\p{S}]+$/u;

/** Marks go around the words of each line, not around the blanks and signs at their edges. The same again takes them away. */
function emphasise(value: string, from: number, to: number, sign: string): Edit {
  const [before, after] = [value.slice(0, from), value.slice(to)];
  const chosen = value.slice(from, to);
  if (chosen && ends(before, sign) && ends(reversed(after), sign)) {
    const [start, end] = [from - sign.length, to + sign.length];
    return { start, end, text: chosen, select: [start, start + chosen.length] };
  }
  const lines = chosen.split('\n').map((line) => {
    const head = BEFORE.exec(line)?.[0] ?? '';
    if (head.length === line.length) return line;
    const tail = AFTER.exec(line)?.[0] ?? '';
    return `${head}${sign}${line.slice(head.length, line.length - tail.length)}${sign}${tail}`;
  });
  const text = chosen.trim() === '' ? `${sign}${chosen}${sign}` : lines.join('\n');
  if (lines.length > 1) return { start: from, end: to, text, select: [from, from + text.length] };
  const head = text.indexOf(sign) + sign.length;
  return { start: from, end: to, text, select: [from + head, from + text.lastIndexOf(sign)] };
}

/** True when the text ends in exactly this many asterisks. */
function ends(text: string, sign: string): boolean {
  return /\**$/.exec(text)?.[0] === sign;
}

function reversed(text: string): string {
  return [...text.slice(0, 3)].reverse().join('');
}

function prefixLines(value: string, from: number, to: number, prefix: string | ((at: number) => string)): Edit {
  const start = value.lastIndexOf('\n', from - 1) + 1;
  const text = value
    .slice(start, to)
    .split('\n')
    .map((line, at) => (typeof prefix === 'string' ? prefix : prefix(at)) + line)
    .join('\n');
  return { start, end: to, text, select: [start + text.length, start + text.length] };
}
