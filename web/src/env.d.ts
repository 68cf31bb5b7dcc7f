/// <reference types="svelte" />
/// <reference types="vite/client" />
declare module 'virtual:sprite' {
  const symbols: string;
  export default symbols;
}
