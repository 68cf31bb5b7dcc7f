declare module '../kernel/i18n/i18n' {
  interface Texts {
    account: keyof typeof import('./en.json');
  }
}
export {};
