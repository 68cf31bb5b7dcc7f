// Fast fingers, slow machines and slow networks: every letter is sent, or in a box.

import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { admin, member, useBrowser } from './support/people.js';
import { rattle, slower } from './support/typing.js';

const browsers = useBrowser();
const inMinutes = (n) => new Date(Date.now() + n * 60_000).toISOString();
let ann, ben, ines, room, workshop, session, thread;

before(async () => {
  const ada = await admin();
  ann = await member(ada, 'Ann Author', 'workers', 'Dockers Union');
  ben = await member(ada, 'Ben Here', 'employers', 'Port Authority');
  ines = await member(ada, 'Ines Interpreter', 'un', 'ILO');
  room = await ada.post('/rooms', { title: 'Fast words', kind: 'forum', visibility: 'members' });
  workshop = await ada.post('/rooms', { title: 'Fast workshop', kind: 'workshop', visibility: 'members' });
  await ada.put(`/rooms/${workshop.id}/roles/${ines.me.id}`, { role: 'interpreter' });
  const item = { title: 'Fast session', organisation: 'ILO', starts_at: inMinutes(-1), ends_at: inMinutes(60) };
  session = await ada.post(`/rooms/${workshop.id}/sessions`, item);
  await ada.post(`/sessions/${session.id}/state`, { state: 'live' });
});

beforeEach(async () => (thread = await ben.api.thread(room, 'How fast?', 'The first words.')));

/** What the server has, once it has so many. */
async function bodies(of, n) {
  const until = Date.now() + 15_000;
  for (;;) {
    const found = (await ben.api.posts(of)).map((post) => post.body_md);
    if (found.length >= n || Date.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function open(who, path) {
  const one = await browsers.open(who);
  await one.go(path);
  await one.connected();
  return {
    one,
    wire: await slower(one),
    box: (name) => one.page.getByRole('textbox', { name: one.t(name), exact: true }),
  };
}

/** The answers to these calls come late. */
const late = (one, what, ms) =>
  one.page.route(what, async (call) => {
    const answer = await call.fetch();
    await new Promise((resolve) => setTimeout(resolve, ms));
    await call.fulfill({ response: answer });
  });

test('in a thread', async () => {
  const { one, wire, box } = await open(ann, `/threads/${thread.id}`);
  await box('composer.message').focus();
  await rattle(wire, 'one', 'Send', 'two', 'Send', 'three');
  assert.deepEqual(await bodies(thread, 3), ['The first words.', 'one', 'two']);
  await one.sees(0, one.page.locator('.pending'));
  assert.equal(await box('composer.message').inputValue(), 'three');
  // By the button too, the box keeps the focus.
  await one.click(one.button('action.send'));
  await one.see(one.post('three'));
  assert.equal(await box('composer.message').evaluate((area) => area === document.activeElement), true);
  await one.close();
});

test('in a reply', async () => {
  const { one, wire, box } = await open(ann, `/threads/${thread.id}`);
  await one.click(one.page.getByRole('button', { name: one.t('post.reply_to', { who: ben.name }) }));
  await box('composer.reply').focus();
  await rattle(wire, 'one', 'Send', 'two', 'Send', 'three');
  const [first, ...replies] = await bodies(thread, 3).then(() => ben.api.posts(thread));
  assert.deepEqual(
    replies.map(({ body_md, parent_id }) => [body_md, parent_id]),
    [
      ['one', first.id],
      ['two', first.id],
    ],
  );
  assert.equal(await box('composer.reply').inputValue(), 'three');
  await one.close();
});

test('in the chat of a session', async () => {
  const { one, wire, box } = await open(ann, `/sessions/${session.id}`);
  await box('composer.message').focus();
  await rattle(wire, 'one', 'Enter', 'two', 'Enter', 'three', 'Enter');
  assert.deepEqual(await bodies({ id: session.thread }, 3), ['one', 'two', 'three']);
  await one.sees(0, one.page.locator('.pending'));
  assert.deepEqual(await one.page.locator('.log .msg .body').allInnerTexts(), ['one', 'two', 'three']);
  await one.close();
});

test('while a post is changed', async () => {
  const post = await ann.api.say(thread, 'Zero ');
  const { one, wire, box } = await open(ann, `/threads/${thread.id}`);
  await late(one, `**/posts/${post.id}`, 400);
  await one.click(one.page.getByRole('button', { name: one.t('post.more', { who: ann.name }) }).last());
  await one.click(one.button('action.edit'));
  await box('composer.edit').focus();
  await one.page.keyboard.press('Control+End');
  await rattle(wire, ' one', 'Send', ' two', 'Send');
  await one.gone(box('composer.edit'));
  assert.equal((await ben.api.get(`/posts/${post.id}`)).body_md, 'Zero one two');
  await one.see(one.post('Zero one two'));
  await one.close();
});

test('in a new thread', async () => {
  const { one, wire, box } = await open(ann, `/rooms/${room.slug}/new-thread`);
  await late(one, `**/rooms/${room.id}/threads`, 400);
  await one.page.getByText(one.t('thread.kind.proposal'), { exact: true }).click();
  await one.field('field.title').fill('A fast thread');
  await box('composer.message').focus();
  await rattle(wire, 'one', 'Send', 'two', 'Send');
  await one.see(one.link('A fast thread'));
  assert.equal(await box('composer.message').inputValue(), 'two');
  await one.click(one.link('A fast thread'));
  await one.see(one.post('one'));
  const { items } = await ben.api.get(`/rooms/${room.id}/threads`);
  assert.deepEqual(
    items.filter(({ title }) => title === 'A fast thread').map(({ kind }) => kind),
    ['proposal'],
  );
  await one.page.goBack();
  await one.page.waitForFunction(() => document.querySelector('textarea')?.value === 'two');
  await one.close();
});

test('in a question', async () => {
  const { one, wire, box } = await open(ann, `/sessions/${session.id}`);
  await late(one, `**/sessions/${session.id}/questions`, 400);
  await one.click(one.button('question.ask'));
  assert.equal(
    await box('question.body').evaluate((area) => area === document.activeElement),
    true,
    'it begins in the field',
  );
  await rattle(wire, 'one?', 'Send', 'two?', 'Send', 'three?');
  for (const words of ['one?', 'two?']) await one.see(one.page.locator('.question', { hasText: words }));
  assert.equal(await box('question.body').inputValue(), 'three?');
  // Escape loses nothing, a reload neither.
  await one.page.keyboard.press('Escape');
  await one.gone(one.page.locator('dialog'));
  await one.page.reload();
  await one.click(one.button('question.ask'));
  assert.equal(await box('question.body').inputValue(), 'three?');
  await one.close();
});

test('in the running text', async () => {
  const { one, wire, box } = await open(ines, `/sessions/${session.id}`);
  await late(one, `**/sessions/${session.id}/transcript`, 800);
  await box('transcript.line').focus();
  await rattle(wire, 'First sentence.', 'Enter', 'Second one.', 'Enter', 'Third', 'Enter', 'A fourth');
  const line = (words) => one.page.locator('.spoken-line', { hasText: words });
  for (const words of ['First sentence.', 'Second one.', 'Third']) await one.see(line(words));
  assert.equal(await box('transcript.line').inputValue(), 'A fourth');
  const { items } = await ines.api.get(`/sessions/${session.id}/transcript`);
  assert.deepEqual(items.map(({ body }) => body).reverse(), ['First sentence.', 'Second one.', 'Third']);
  await one.close();
});

test('in a translation, of which two are written at once', async () => {
  const post = await ann.api.say(session.thread, 'We can accept that.');
  const { one, wire, box } = await open(ines, `/sessions/${session.id}`);
  const dialog = async () => {
    await one.click(
      one.page.locator(`[data-seq="${post.seq}"]`).getByRole('button', { name: one.t('post.more', { who: ann.name }) }),
    );
    await one.click(one.button('translate.action'));
    await one.page.waitForFunction(() => document.querySelector('dialog textarea')?.value !== undefined);
  };
  const name = one.t('translate.text', { lang: one.t('lang.zh') });
  const field = one.page.getByRole('textbox', { name, exact: true });
  void box;
  await dialog();
  await late(one, `**/translations/zh`, 400);
  await field.focus();
  await rattle(wire, 'one');
  await one.button('translate.keep').evaluate((button) => button.click());
  await rattle(wire, ' two');
  await one.page.waitForFunction(() => !document.querySelector('dialog button[disabled]'));
  assert.equal(await field.inputValue(), 'one two');
  await one.page.keyboard.press('Escape');
  await one.gone(one.page.locator('dialog'));
  await dialog();
  assert.equal(await field.inputValue(), 'one two');

  // Somebody else publishes, and the author confirms, before this interpreter does.
  const path = `/posts/${post.id}/translations/zh`;
  const { version } = await ines.api.put(path, { body: '我们可以接受', state: 'interpreter' });
  await ann.api.post(`${path}/confirm`, { version });
  await one.click(one.button('translate.publish'));
  await one.see(one.page.locator('dialog').getByText('我们可以接受'));
  assert.equal(await field.inputValue(), 'one two');
  assert.equal((await ann.api.get(`/posts/${post.id}/translations`)).items[0].body_md, '我们可以接受');
  await one.picture('translation-conflict');
  await one.click(one.button('edit.keep'));
  await one.click(one.button('translate.publish'));
  await one.gone(one.page.locator('dialog'));
  assert.equal((await ann.api.get(`/posts/${post.id}/translations`)).items[0].body_md, 'one two');
  await one.close();
});

test('the same words by others are shown, and ours once', async () => {
  const { one, box } = await open(ann, `/sessions/${session.id}`);
  await late(one, `**/threads/${session.thread}/posts`, 600);
  await box('composer.message').fill('Yes');
  await one.page.keyboard.press('Enter');
  await one.see(one.page.locator('.pending', { hasText: 'Yes' }));
  for (let n = 0; n < 3; n += 1) {
    await ben.api.say(session.thread, 'Yes');
    await ann.api.say(session.thread, 'Yes', { attribution: 'organisation' });
  }
  await one.sees(7, one.page.locator('.log .msg').getByText('Yes', { exact: true }));
  await one.sees(0, one.page.locator('.pending'));
  await one.close();
});
