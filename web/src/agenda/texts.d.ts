declare module '../kernel/i18n/i18n' {
  interface Texts {
    agenda: keyof typeof import('./en.json');
  }
}
export {};
