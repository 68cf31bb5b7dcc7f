declare module '../kernel/i18n/i18n' {
  interface Texts {
    delay: keyof typeof import('./en.json');
  }
}
export {};
