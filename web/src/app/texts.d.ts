declare module '../kernel/i18n/i18n' {
  interface Texts {
    app: keyof typeof import('./en.json');
  }
}
export {};
