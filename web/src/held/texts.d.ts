declare module '../kernel/i18n/i18n' {
  interface Texts {
    held: keyof typeof import('./en.json');
  }
}
export {};
