declare module '../kernel/i18n/i18n' {
  interface Texts {
    members: keyof typeof import('./en.json');
  }
}
export {};
