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
  return emphasis(chosen, from, to, tool === 'bold' ? '**' : '*');
}

/** Signs stand at the words themselves, not at blanks around them, and around each paragraph of its own. */
function emphasis(chosen: string, from: number, to: number, sign: string): Edit {
  const wrap = (part: string): string => {
    const words = part.trim();
    if (words === '') return part;
    const at = part.indexOf(words);
    return part.slice(0, at) + sign + words + sign + part.slice(at + words.length);
  };
  const parts = chosen.split(/(\n[^\S\n]*\n)/);
  const text = chosen.trim() === '' ? chosen + sign + sign : parts.map(wrap).join('');
  const before = chosen.length - chosen.trimStart().length;
  const inner = parts.length === 1 && chosen.trim() !== '' ? chosen.trim().length : 0;
  const start = from + before + sign.length;
  return {
    start: from,
    end: to,
    text,
    select: parts.length === 1 ? [start, start + inner] : [from, from + text.length],
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

/** What a name means as Markdown is taken from it: it is shown as it stands. */
function literal(name: string): string {
  const plain = name.replace(/[\\`*_~[\]()<>#!|&]/g, '\\$&');
  // An address would become a link.
  return plain
    .replace(/(https?):\/\//gi, '$1:\\/\\/')
    .replace(/(www)\./gi, '$1\\.')
    .replace(/@/g, '\\@');
}

/** The fence that is still open at the end of a text. */
function openFence(lines: string[]): string {
  let open = '';
  for (const line of lines) {
    const fence = /^[ >]*(`{3,}(?!.*`)|~{3,})/.exec(line)?.[1] ?? '';
    if (open === '') open = fence;
    else if (fence.startsWith(open)) open = '';
  }
  return open;
}

/** A quotation with the name of whom it quotes, ready to be answered below. */
export function quotation(text: string, who: string): string {
  const lines = text.trim().split('\n');
  const fence = openFence(lines);
  if (fence) lines.push(fence);
  // A paragraph of its own, so that nothing of the text reaches over it.
  return `${lines.map((line) => `> ${line}`.trimEnd()).join('\n')}\n>\n> — ${literal(who)}\n\n`;
}
