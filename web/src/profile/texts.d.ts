declare module '../kernel/i18n/i18n' {
  interface Texts {
    profile: keyof typeof import('./en.json');
  }
}
export {};
