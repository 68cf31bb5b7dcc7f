declare module '../kernel/i18n/i18n' {
  interface Texts {
    discussion: keyof typeof import('./en.json');
  }
}
export {};
