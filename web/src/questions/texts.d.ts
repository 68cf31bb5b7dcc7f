declare module '../kernel/i18n/i18n' {
  interface Texts {
    questions: keyof typeof import('./en.json');
  }
}
export {};
