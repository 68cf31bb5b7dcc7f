declare module '../kernel/i18n/i18n' {
  interface Texts {
    moderation: keyof typeof import('./en.json');
  }
}
export {};
