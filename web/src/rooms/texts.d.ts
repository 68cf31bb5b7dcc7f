declare module '../kernel/i18n/i18n' {
  interface Texts {
    rooms: keyof typeof import('./en.json');
  }
}
export {};
