declare module '../kernel/i18n/i18n' {
  interface Texts {
    people: keyof typeof import('./en.json');
  }
}
export {};
