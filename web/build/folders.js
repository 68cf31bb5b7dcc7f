// What the build, the tests and ESLint must know about the folders of src/. A folder that is not named here is a
// feature that names the kernel and `BASE` only, and that comes with the pages of the second wave.

/** Folders that every feature may name beside the kernel, which names no feature. */
export const BASE = ['people'];

/**
 * What a feature names beside the kernel, if it is more than `BASE`: only features that stand above it in this list.
 * @type {Record<string, readonly string[]>}
 */
export const MAY_NAME = {
  people: [],
  account: [...BASE],
  problem: ['account'],
  outbox: [],
  agenda: [...BASE],
  translations: [...BASE],
  moderation: [...BASE, 'problem'],
  held: [...BASE, 'moderation'],
  discussion: [...BASE, 'problem', 'translations', 'moderation', 'held'],
  delay: [...BASE, 'agenda'],
  rooms: [...BASE, 'account', 'problem', 'outbox', 'agenda', 'moderation', 'discussion', 'delay'],
  chat: [...BASE, 'translations', 'moderation', 'held', 'discussion'],
  questions: [...BASE, 'agenda', 'translations', 'moderation', 'discussion'],
  transcript: [...BASE, 'agenda', 'translations'],
  settings: [...BASE, 'problem', 'agenda', 'moderation'],
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
  'problem',
  'outbox',
  'agenda',
  'translations',
  'moderation',
  'held',
  'discussion',
  'delay',
  'rooms',
];

/**
 * What comes as one file, since many small ones would each cost a round trip; all other folders come with the pages that
 * name them. A component that a feature fetches only when it is needed stays a file of its own.
 * @type {Record<string, readonly string[]>}
 */
export const CHUNKS = {
  // Dialogs and their fields: fetched when one is opened, and with what a thread fetches afterwards.
  dialogs: [
    'src/kernel/ui/Dialog.svelte',
    'src/kernel/ui/dialog.ts',
    'src/kernel/forms/Field.svelte',
    'src/kernel/forms/TextField.svelte',
    'src/kernel/forms/length.ts',
    'src/discussion/PostDialogs',
    'src/discussion/keys',
    'src/kernel/forms/ReasonDialog.svelte',
    'src/moderation/ModerateDialog.svelte',
    'src/moderation/reasons.ts',
  ],
  // What every thread fetches afterwards, to open without a network (app/pages.ts).
  around: [
    'src/rooms/HomePage',
    'src/rooms/Room',
    'src/rooms/reducers',
    'src/rooms/room',
    'src/rooms/JoinBox',
    'src/outbox/',
    'src/agenda/',
    'src/discussion/NewThreadPage',
    'src/discussion/ThreadRow',
    'src/discussion/markdown',
    'src/discussion/quotation',
    'src/kernel/outbox/reopen',
  ],
  // What every page shares, with what the build itself adds: each file of its own costs its headers.
  shared: ['src/kernel/', 'src/people/', 'src/problem/', 'node_modules/', '\0vite/', '\0rolldown/', '\0@oxc-project'],
  // A thread, as most members see it.
  discussion: [
    'src/discussion/',
    'src/moderation/MuteNote',
    'src/translations/Translated',
    'src/translations/reading.',
  ],
};

/**
 * Whether a file of `from` may import one of `to`, both folders of src/.
 * @param {string} from
 * @param {string} to
 */
export function mayImport(from, to) {
  if (from === to) return true;
  if (from === 'kernel' || to === 'app') return false;
  return to === 'kernel' || MAY_NAME_ALL.includes(from) || (MAY_NAME[from] ?? BASE).includes(to);
}
