declare module '../kernel/i18n/i18n' {
  interface Texts {
    transcript: keyof typeof import('./en.json');
  }
}
export {};
