declare module '../kernel/i18n/i18n' {
  interface Texts {
    translations: keyof typeof import('./en.json');
  }
}
export {};
