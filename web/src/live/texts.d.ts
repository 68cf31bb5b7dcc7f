declare module '../kernel/i18n/i18n' {
  interface Texts {
    live: keyof typeof import('./en.json');
  }
}
export {};
