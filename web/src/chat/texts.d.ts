declare module '../kernel/i18n/i18n' {
  interface Texts {
    chat: keyof typeof import('./en.json');
  }
}
export {};
