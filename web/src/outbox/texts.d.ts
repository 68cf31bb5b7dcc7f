declare module '../kernel/i18n/i18n' {
  interface Texts {
    outbox: keyof typeof import('./en.json');
  }
}
export {};
