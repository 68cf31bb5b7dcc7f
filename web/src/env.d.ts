/// <reference types="svelte" />
/// <reference types="vite/client" />
declare module 'virtual:sprite' {
  const symbols: string;
  export default symbols;
}
declare module 'virtual:catalogue/*' {
  const texts: Record<string, string>;
  export default texts;
}
