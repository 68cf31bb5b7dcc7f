// Every screen, in both themes and languages, at three widths: no fault that a machine can find, and a picture for the eye.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faults } from './support/axe.js';
import { useBrowser } from './support/people.js';
import { buildWorld } from './support/world.js';

const browsers = useBrowser();
const HEIGHTS = { 320: 640, 390: 844, 1280: 800 };
/** Each language takes every other of the six. */
const ALL = [
  ['en', 320, 'light'],
  ['en', 390, 'dark'],
  ['en', 1280, 'light'],
  ['zh', 320, 'dark'],
  ['zh', 390, 'light'],
  ['zh', 1280, 'dark'],
];
/** A state of a screen that is seen in full already. */
const SOME = [ALL[2], ALL[3]];
const windows = new Map();
let world;

before(async () => (world = await buildWorld()));
after(async () => {
  for (const one of windows.values()) await one.close();
});

/** [name, who looks, path, what to see or do first]; what has a colon in its name is a state of a screen */
const SCREENS = [
  ['home', 'worker', () => '/', (p) => p.see(p.link(world.rooms.forum.title))],
  ['home: steward', 'chair', () => '/', (p) => p.see(p.link(world.rooms.forum.title))],
  ['sign-in', null, () => '/sign-in', (p) => p.see(p.field('field.password'))],
  [
    'sign-in: wrong',
    null,
    () => '/sign-in',
    async (p) => {
      await p.field('field.email').fill('nobody@example.org');
      await p.field('field.password').fill('this is not my password');
      await p.page.locator('form .btn.primary').click();
      await p.see(p.t('error.wrong_credentials'));
    },
  ],
  [
    'register',
    null,
    () => '/register',
    async (p) => {
      await p.page.locator('.gcard').first().click();
      await p.field('field.display_name').fill('Grace Njeri');
    },
  ],
  ['waiting', 'waiting', () => '/', (p) => p.see(p.t('waiting.title'))],
  ['room', 'worker', () => `/rooms/${world.rooms.forum.slug}`, (p) => p.see(world.threads.main.title)],
  ['workshop', 'chair', () => `/rooms/${world.rooms.workshop.slug}`, (p) => p.see(p.t('room.agenda'))],
  ['room: empty', 'worker', () => `/rooms/${world.rooms.empty.slug}`, (p) => p.see(p.t('room.empty'))],
  ['room: closed', 'worker', () => `/rooms/${world.rooms.closed.slug}`, (p) => p.see(p.t('room.closed_text'))],
  ['room: caucus', 'worker', () => `/rooms/${world.rooms.caucus.slug}`, (p) => p.see(p.t('room.empty'))],
  ['new-thread', 'worker', () => `/rooms/${world.rooms.forum.slug}/new-thread`, (p) => p.see(p.t('newthread.title'))],
  ['thread', 'worker', () => `/threads/${world.threads.main.id}`, (p) => p.see('Then we are agreed on this point.')],
  ['thread: visitor', null, () => `/threads/${world.threads.proposal.id}`, (p) => p.see('可以接受')],
  ['thread: locked', 'worker', () => `/threads/${world.threads.locked.id}`, (p) => p.see(p.t('thread.locked_text'))],
  ['thread: muted', 'muted', () => `/threads/${world.threads.main.id}`, (p) => p.see(p.t('post.hidden_yours'))],
  [
    'thread: reply',
    'employer',
    () => `/threads/${world.threads.main.id}?post=${world.posts.first.seq}`,
    async (p) => {
      const post = p.post('six weeks');
      await p.click(post.getByRole('button', { name: p.t('action.quote') }).or(post.locator('.actions .iconbtn')));
      await p.see(p.button('action.post_reply'));
    },
  ],
  [
    'thread: menu',
    'expert',
    () => `/threads/${world.threads.main.id}?post=${world.posts.first.seq}`,
    async (p) => {
      await p.click(p.post('six weeks').locator('.menu > button'));
      await p.see(p.button('post.hide'));
    },
  ],
  [
    'thread: hide',
    'expert',
    () => `/threads/${world.threads.main.id}`,
    async (p) => {
      await p.click(p.post('six weeks').locator('.menu > button'));
      await p.click(p.button('post.hide'));
      await p.see(p.page.getByRole('dialog'));
    },
  ],
  [
    'thread: history',
    'worker',
    () => `/threads/${world.threads.main.id}`,
    async (p) => {
      await p.click(p.button('post.edited'));
      await p.click(p.page.getByRole('dialog').locator('summary').first());
      await p.see(p.page.getByRole('dialog').locator('ins'));
    },
  ],
  ['live', 'worker', () => `/rooms/${world.rooms.workshop.slug}/live`, (p) => p.see('The table is on page 14')],
  [
    'live: people',
    'chair',
    () => `/rooms/${world.rooms.workshop.slug}/live`,
    async (p) => {
      await p.page.setViewportSize({ width: 390, height: 844 });
      await p.click(p.page.getByRole('tab', { name: p.t('live.tab.people') }));
      await p.see(p.t('control.title'));
    },
  ],
  ['session', 'worker', () => `/sessions/${world.sessions[2].id}`, (p) => p.see(p.t('live.chat_empty'))],
  ['settings', 'chair', () => `/rooms/${world.rooms.workshop.slug}/settings`, (p) => p.see(p.t('settings.roles'))],
  [
    'moderation-log',
    'worker',
    () => `/rooms/${world.rooms.forum.slug}/moderation-log`,
    (p) => p.see(p.t('act.post.hidden')),
  ],
  ['members', 'chair', () => '/members', (p) => p.see('Grace Njeri')],
  ['members: admin', 'ada', () => '/members', (p) => p.see('Grace Njeri')],
  ['new-room', 'chair', () => '/new-room', (p) => p.see(p.t('newroom.kind.caucus'))],
  ['new-programme', 'chair', () => '/new-programme', (p) => p.see(p.t('newprogramme.lead'))],
  ['profile', 'worker', () => '/profile', (p) => p.see(p.t('profile.this_one'))],
  [
    'account: menu',
    'chair',
    () => '/',
    async (p) => {
      await p.see(p.link(world.rooms.forum.title));
      await p.click(p.page.locator('.topbar .menu > button'));
      await p.see(p.button('action.sign_out'));
    },
  ],
  ['outbox: empty', 'worker', () => '/outbox', (p) => p.see(p.t('outbox.empty'))],
  [
    'outbox',
    'employer',
    () => `/threads/${world.threads.question.id}`,
    async (p) => {
      await p.see('A pointer to a clause would be enough.');
      await p.connected();
      // Some seconds on, the page has fetched what it needs without a network.
      await p.page.waitForFunction(() =>
        performance.getEntriesByType('resource').some((one) => one.name.includes('/around-')),
      );
      await p.context.setOffline(true);
      await p.write('Our agreement of 2024 does, in clause 12, for courses that the committee has chosen.');
      await p.see(p.t('pending.waiting'));
      await p.page.evaluate(() => document.querySelector('.conn-out').click());
      await p.see(p.t('outbox.title'));
      p.undo = async () => {
        p.page.once('dialog', (dialog) => void dialog.accept());
        await p.click(p.button('action.discard'));
        await p.see(p.t('outbox.empty'));
        await p.context.setOffline(false);
        await p.connected();
      };
    },
  ],
  ['not-found', 'worker', () => '/no/such/page', (p) => p.see(p.t('notfound.title'))],
];

async function windowOf(who, locale) {
  const key = `${who} ${locale}`;
  const person = world.people[who] ?? null;
  // A member's language is kept by the server; a visitor's on the device.
  if (person) await person.api.patch('/me', { locale });
  if (!windows.has(key)) windows.set(key, await browsers.open(person, { locale }));
  return windows.get(key);
}

for (const [name, who, path, ready] of SCREENS) {
  test(`${name}: no fault`, async () => {
    const found = [];
    const looks = name.includes(':') ? SOME : ALL;
    for (const language of ['en', 'zh']) {
      const person = await windowOf(who, language);
      const { page } = person;
      await page.setViewportSize({ width: 1280, height: 800 });
      await person.go(path());
      await ready(person);
      await drawEverything(page);
      for (const [, width, theme] of looks.filter(([locale]) => locale === language)) {
        await page.setViewportSize({ width, height: HEIGHTS[width] });
        await page.emulateMedia({ colorScheme: theme });
        // What is half under the bar at the top is not a fault.
        await page.evaluate(() => scrollTo(0, 0));
        const state = `${name.replace(': ', '-')}-${width}-${theme}-${language}`;
        found.push(...(await faults(page)).map((fault) => `${state}: ${fault}`));
        await person.picture(state, { fullPage: true });
      }
      await person.undo?.();
      delete person.undo;
    }
    assert.equal(found.length, 0, `\n${[...new Set(found)].join('\n')}`);
  });
}

/** Posts far down are drawn only when they come near; a picture of the whole page shall have them. */
function drawEverything(page) {
  return page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { content-visibility: visible !important; }');
    document.adoptedStyleSheets.push(sheet);
  });
}
