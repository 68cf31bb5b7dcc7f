declare module '../kernel/i18n/i18n' {
  interface Texts {
    floor: keyof typeof import('./en.json');
  }
}
export {};
