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
