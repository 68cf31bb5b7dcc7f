declare module '../kernel/i18n/i18n' {
  interface Texts {
    problem: keyof typeof import('./en.json');
  }
}
export {};
