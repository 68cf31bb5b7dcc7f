declare module '../kernel/i18n/i18n' {
  interface Texts {
    hall: keyof typeof import('./en.json');
  }
}
export {};
