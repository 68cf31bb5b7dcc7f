// What the toolbar does to the text of an editor: Markdown put around or in front of the selection.

export type Tool = 'bold' | 'italic' | 'quote' | 'list' | 'link';

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
  const chosen = value.slice(from, to);
  if (tool === 'link') {
    const isUrl = /^https?:\/\/\S+$/.test(chosen);
    const text = isUrl ? `[](${chosen})` : `[${chosen}](https://)`;
    const at = isUrl || chosen === '' ? from + 1 : from + text.length - 1;
    return { start: from, end: to, text, select: [at, at] };
  }
  const sign = tool === 'bold' ? '**' : '*';
  return {
    start: from,
    end: to,
    text: `${sign}${chosen}${sign}`,
    select: [from + sign.length, from + sign.length + chosen.length],
  };
}

function prefixLines(value: string, from: number, to: number, prefix: string): Edit {
  const start = value.lastIndexOf('\n', from - 1) + 1;
  const text = value
    .slice(start, to)
    .split('\n')
    .map((line) => prefix + line)
    .join('\n');
  return { start, end: to, text, select: [start + text.length, start + text.length] };
}

/** A quotation with the name of whom it quotes, ready to be answered below. */
export function quotation(text: string, who: string): string {
  const lines = text.trim().split('\n');
  return `${lines.map((line) => `> ${line}`.trimEnd()).join('\n')}\n> — ${who}\n\n`;
}
