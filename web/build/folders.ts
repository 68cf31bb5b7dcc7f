// What the build, the tests and ESLint must know about the folders of src/. A folder that is not named here is a
// feature that names the kernel and `BASE` only, and that comes with the pages of the second wave.

/** Folders that every feature may name beside the kernel, which names no feature. */
export const BASE = ['people'];

/** What a feature names beside the kernel, if it is more than `BASE`. Only features that stand above it in this list. */
export const MAY_NAME: Record<string, readonly string[]> = {
  people: [],
  account: [...BASE],
  outbox: [],
  agenda: [...BASE],
  translations: [...BASE],
  moderation: [...BASE, 'account'],
  held: [...BASE, 'moderation'],
  discussion: [...BASE, 'account', 'translations', 'moderation', 'held'],
  delay: [...BASE, 'agenda'],
  rooms: [...BASE, 'account', 'outbox', 'agenda', 'moderation', 'discussion', 'delay'],
  chat: [...BASE, 'translations', 'moderation', 'held', 'discussion'],
  questions: [...BASE, 'agenda', 'translations', 'moderation', 'discussion'],
  transcript: [...BASE, 'agenda', 'translations'],
  settings: [...BASE, 'account', 'agenda', 'moderation'],
  profile: [...BASE, 'translations'],
};

/** These mount the others, each by one list: app/pages.ts and live/panels.ts. */
export const MAY_NAME_ALL = ['app', 'live'];

/**
 * The texts of these come before anything is shown. Those of all other folders come together, with the first page that
 * is not marked `first` in app/pages.ts.
 */
export const TEXTS_FIRST = [
  'kernel',
  'app',
  'people',
  'account',
  'outbox',
  'agenda',
  'translations',
  'moderation',
  'held',
  'discussion',
  'delay',
  'rooms',
];

/** What comes as one file: many small ones would each cost a round trip. */
export const CHUNKS: Record<string, readonly string[]> = {
  // What every page shares.
  shared: ['src/kernel/', 'src/people/', 'node_modules/svelte/', 'node_modules/esm-env/', 'node_modules/clsx/'],
  // What every thread fetches afterwards, to open without a network (app/pages.ts).
  around: ['src/rooms/', 'src/outbox/', 'src/agenda/'],
};
