declare module '../kernel/i18n/i18n' {
  interface Texts {
    polls: keyof typeof import('./en.json');
  }
}
export {};
