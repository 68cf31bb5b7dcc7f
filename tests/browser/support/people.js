// Browsers with somebody in front of them. What they wait for is what a person would see; what they do not see says
// where, and leaves a picture.

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { after, before } from 'node:test';
import { CHROMIUM, FLAGS } from '../../../web/build/chromium.js';
import { Api, PASSWORD } from './api.js';

// The packages of the web UI serve the tests too.
export const require = createRequire(new URL('../../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

export const PICTURES = fileURLToPath(new URL('../../../target/screenshots/', import.meta.url));
mkdirSync(PICTURES, { recursive: true });
const SRC = new URL('../../../web/src/', import.meta.url);
/** The texts of all features in one language. */
const catalogue = (name) =>
  Object.assign(
    {},
    ...readdirSync(SRC)
      .map((folder) => new URL(`${folder}/${name}.json`, SRC))
      .filter(existsSync)
      .map((file) => JSON.parse(readFileSync(file, 'utf8'))),
  );
const TEXTS = { en: catalogue('en'), zh: catalogue('zh') };
const PATIENCE = 15_000;
export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 800 };

/** What the UI says for a key. */
export function text(locale, key, params = {}) {
  const found = TEXTS[locale][key] ?? TEXTS[locale][`${key}#${params.n === 1 && locale === 'en' ? 'one' : 'other'}`];
  if (found === undefined) throw new Error(`no text ${key}`);
  return found.replace(/\{(\w+)\}/g, (_, name) => String(params[name]));
}

export const { url, admin: ADMIN } = JSON.parse(process.env.PLENARY_BROWSER_TEST ?? '{}');
let count = 0;
const unique = `${process.pid.toString(36)}`;

/** The administrator over HTTP. */
export async function admin() {
  const api = new Api(url);
  await api.signIn(ADMIN);
  return api;
}

/** A confirmed member: {api, me, email}. `by` confirms. */
export async function member(by, name, constituency, organisation, { locale = 'en', role } = {}) {
  const email = `${unique}-${++count}@example.org`;
  const api = new Api(url);
  const register = () =>
    api.post('/register', { email, password: PASSWORD, display_name: name, constituency, organisation, locale });
  let me = await register().catch(async (error) => {
    if (!error.message.includes('name_taken')) throw error;
    await freeName(by, name);
    return register();
  });
  await by.post(`/members/${me.id}/confirm`, {});
  if (role) await by.patch(`/members/${me.id}`, { platform_role: role });
  me = await api.get('/me');
  return { api, me, email, locale, name };
}

/** All files share one server, and a chair of an earlier file still has this name. */
async function freeName(by, name) {
  const { items } = await by.get(`/members?q=${encodeURIComponent(name)}&limit=100`);
  for (const one of items.filter((item) => item.display_name === name))
    await by.patch(`/members/${one.id}`, { display_name: `${name} ${unique} before ${++count}` });
}

/** One browser for a file of tests; closes with it. */
export function useBrowser() {
  const state = {};
  before(async () => {
    if (!url) throw new Error('run these tests with tests/browser/run.js');
    if (!CHROMIUM) throw new Error('no Chromium found; set CHROMIUM to its path');
    state.browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
  });
  after(() => state.browser?.close());
  return {
    /** A person's own browser window, signed in if `who` is a member. */
    async open(who = null, options = {}) {
      const { line, locale = who?.locale ?? 'en', viewport = DESK, theme = 'light', ...more } = options;
      const context = await state.browser.newContext({
        locale: locale === 'zh' ? 'zh-CN' : 'en-GB',
        timezoneId: 'Asia/Shanghai',
        viewport,
        colorScheme: theme,
        reducedMotion: 'reduce',
        ...(viewport.width < 720 ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
        ...(line ? { proxy: line.proxy } : {}),
        ...more,
      });
      context.setDefaultTimeout(PATIENCE);
      if (who?.api) await context.addCookies([{ name: 'plenary', value: who.api.token, url, httpOnly: true }]);
      return new Person(context, await context.newPage(), who?.name ?? 'a visitor', locale);
    },
  };
}

export class Person {
  constructor(context, page, name, locale) {
    this.context = context;
    this.page = page;
    this.name = name;
    this.locale = locale;
    this.troubles = [];
    page.on('pageerror', (error) => this.troubles.push(`page error: ${error.name} ${error.message} ${error.stack}`));
    page.on('console', (message) => {
      // Requests that fail are part of several tests; a refused policy or a thrown error is not.
      if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text()))
        this.troubles.push(`console: ${message.text()}`);
    });
  }

  t = (key, params) => text(this.locale, key, params);
  button = (key, params, options = {}) =>
    this.page.getByRole('button', { name: this.t(key, params), exact: true, ...options });
  link = (name, options = {}) => this.page.getByRole('link', { name, exact: true, ...options });
  field = (key) => this.page.getByLabel(this.t(key), { exact: true });
  /** The post with this text. */
  post = (words) => this.page.locator('article', { hasText: words });

  async go(path) {
    await this.page.goto(url + path);
  }

  #find(what) {
    return typeof what === 'string' ? this.page.getByText(what) : what;
  }

  async #await(what, state, timeout) {
    try {
      await this.#find(what).first().waitFor({ state, timeout });
    } catch (error) {
      throw await this.#missing(state === 'visible' ? 'does not see' : 'still sees', what, error);
    }
  }

  async #missing(verb, what, error) {
    const file = `failed-${this.name.replace(/\W+/g, '-')}-${Date.now()}.png`;
    await this.page.screenshot({ path: PICTURES + file }).catch(() => {});
    const troubles = this.troubles.length ? `\n${this.troubles.join('\n')}` : '';
    const place = this.page.url().replace(url, '');
    return new Error(`${this.name} on ${place} ${verb} ${what} (picture ${file})${troubles}`, { cause: error.message });
  }

  see = (what, timeout = PATIENCE) => this.#await(what, 'visible', timeout);
  gone = (what, timeout = PATIENCE) => this.#await(what, 'hidden', timeout);

  /** Waits until exactly `n` of these can be seen. */
  async sees(n, what, timeout = PATIENCE) {
    const found = this.#find(what);
    const until = Date.now() + timeout;
    let have;
    while ((have = await found.count()) !== n) {
      if (Date.now() > until) throw await this.#missing(`sees ${have}, not ${n}, of`, what, new Error('count'));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async click(what) {
    const found = this.#find(what).first();
    try {
      await found.click();
    } catch (error) {
      throw await this.#missing('cannot click', what, error);
    }
  }

  /** Is connected to the server, in words. */
  connected = () => this.see(this.page.locator('.conn.connected'));

  /** Gives a reason in the open dialog: one of the list, if there is a list, and a note. */
  async reason(words, id = 'other') {
    const dialog = this.page.getByRole('dialog');
    await this.see(dialog.locator('textarea'));
    const list = dialog.locator('select');
    if ((await list.count()) > 0) await list.selectOption(id);
    await dialog.locator('textarea').fill(words);
  }

  /** Writes into the thread's own composer and sends it. */
  async write(words) {
    const form = this.page.locator('form.composer').last();
    await form.getByRole('textbox').fill(words);
    await form.getByRole('button', { name: this.t('action.send'), exact: true }).click();
  }

  picture = (name, options = {}) => this.page.screenshot({ path: `${PICTURES}${name}.png`, ...options });

  /** Nothing may have gone wrong behind what was to be seen. */
  async close() {
    await this.context.close();
    if (this.troubles.length) throw new Error(`${this.name}: ${this.troubles.join('\n')}`);
  }
}
