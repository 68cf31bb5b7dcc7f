const EDGES = /^\p{White_Space}+|\p{White_Space}+$/gu;

/** How long a text is for the server: in characters, without the space around it; an emoji may be several. */
export function characters(text: string): number {
  return [...text.replace(EDGES, '')].length;
}
