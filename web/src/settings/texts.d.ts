declare module '../kernel/i18n/i18n' {
  interface Texts {
    settings: keyof typeof import('./en.json');
  }
}
export {};
