/** A quotation with the name of whom it quotes, ready to be answered below. */
export function quotation(text: string, who: string): string {
  const lines = text.trim().split('\n');
  return `${lines.map((line) => `> ${line}`.trimEnd()).join('\n')}\n> — ${who}\n\n`;
}
