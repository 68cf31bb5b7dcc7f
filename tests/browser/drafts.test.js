// What was written and not sent can be found again, and is never mixed with what is written since.

import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { faults } from './support/axe.js';
import { admin, member, PHONE, useBrowser } from './support/people.js';

const browsers = useBrowser();
/** The server refuses this. */
const REFUSED = `refused words\n\n${'>'.repeat(100)} too deep`;
let ada, ann, ben, room, thread;

before(async () => {
  ada = await admin();
  ann = await member(ada, 'Ann Author', 'workers', 'Dockers Union');
  ben = await member(ada, 'Ben Here', 'employers', 'Port Authority');
  room = await ada.post('/rooms', { title: 'Half thoughts', kind: 'forum', visibility: 'members' });
});

beforeEach(async () => (thread = await ben.api.thread(room, 'What next?', 'The first words.')));

async function open(path = `/threads/${thread.id}`, options = {}) {
  const one = await browsers.open(ann, options);
  await one.go(path);
  await one.connected();
  return one;
}

const box = (one, name = 'composer.message') => one.page.getByRole('textbox', { name: one.t(name), exact: true });
const has = (one, words, name) =>
  one.page.waitForFunction(
    ([label, wanted]) =>
      [...document.querySelectorAll('textarea')].some(
        (area) => area.labels?.[0]?.textContent.trim() === label && area.value === wanted,
      ),
    [one.t(name ?? 'composer.message'), words],
    // A page behind another one draws no frames.
    { polling: 100 },
  );
const draft = (one, words) => one.page.locator('section[aria-labelledby=drafts-title] li', { hasText: words });
const reply = (one) =>
  one.click(one.page.getByRole('button', { name: one.t('post.reply_to', { who: ben.name }) }).first());

test('a text that is refused says why, and comes back without touching what is being written', async () => {
  const one = await open();
  await one.write(REFUSED);
  const failed = one.page.locator('.pending.failed', { hasText: 'refused words' });
  await one.see(failed.getByText(one.t('field.too_complex')));
  await box(one).fill('What I write now');
  await one.go('/outbox');
  await one.click(one.button('action.edit'));
  await has(one, REFUSED);
  await one.see(one.t('composer.other', { text: 'What I write now' }));
  await one.picture('draft-other');
  await one.click(one.button('composer.go_on'));
  await has(one, 'What I write now');
  await one.see(one.page.getByText('refused words'));
  await one.go('/outbox');
  await one.see(draft(one, 'refused words'));
  await one.see(draft(one, 'What I write now'));
  assert.deepEqual(await faults(one.page), []);
  await one.picture('drafts');
  await one.close();
});

test('a refused reply comes back into a reply box, a refused thread keeps its kind', async () => {
  const one = await open(undefined, { viewport: PHONE });
  await reply(one);
  await box(one, 'composer.reply').fill(REFUSED);
  await one.click(one.button('action.post_reply'));
  await one.see(one.page.locator('.pending.failed'));
  await one.go('/outbox');
  await one.click(one.button('action.edit'));
  await has(one, REFUSED, 'composer.reply');
  await one.click(one.button('action.cancel'));

  await one.go(`/rooms/${room.slug}/new-thread`);
  await one.page.getByText(one.t('thread.kind.proposal'), { exact: true }).click();
  await one.field('field.title').fill('A refused thread');
  await box(one).fill(REFUSED);
  await one.click(one.button('action.start_thread'));
  await one.see(one.page.getByText(one.t('outbox.thread', { title: 'A refused thread' })));
  await one.click(one.button('action.edit'));
  await has(one, REFUSED);
  assert.equal(await one.field('field.title').inputValue(), 'A refused thread');
  assert.equal(await one.page.locator('input[name=kind]:checked').inputValue(), 'proposal');
  await one.close();
});

test('a cancelled reply waits in the list, and the next quotation begins anew', async () => {
  const one = await open();
  await reply(one);
  await box(one, 'composer.reply').fill('Forgotten');
  await one.click(one.button('action.cancel'));
  await one.gone(box(one, 'composer.reply'));
  await one.click(one.page.getByRole('button', { name: one.t('post.quote', { who: ben.name }) }).first());
  await has(one, `> The first words.\n>\n> — ${ben.name}\n\n`, 'composer.reply');
  await one.see(one.t('composer.other', { text: 'Forgotten' }));
  await one.go('/outbox');
  await one.click(draft(one, 'Forgotten').getByRole('link', { name: one.t('drafts.go_on') }));
  await has(one, 'Forgotten', 'composer.reply');
  await one.click(one.button('action.post_reply'));
  await one.see(one.post('Forgotten'));
  await one.go('/outbox');
  await one.see(draft(one, 'The first words.'));
  await one.sees(0, draft(one, 'Forgotten'));
  await one.close();
});

test('a change begins with a version: a newer one is shown beside it', async () => {
  const post = await ann.api.say(thread, 'First version');
  const one = await open();
  const edit = async () => {
    await one.click(
      one.page.locator(`[data-post="${post.id}"]`).getByRole('button', { name: one.t('post.more', { who: ann.name }) }),
    );
    await one.click(one.button('action.edit'));
  };
  const save = () => one.click(one.button('action.save'));
  await edit();
  await box(one, 'composer.edit').fill('From an old draft');
  await one.go('/');
  await ann.api.patch(`/posts/${post.id}`, { body: 'CORRECTED elsewhere', revision: 1 });
  await one.go(`/threads/${thread.id}`);
  await edit();
  await has(one, 'From an old draft', 'composer.edit');
  await one.see(one.page.getByText(one.t('edit.newer')));
  await one.see('CORRECTED elsewhere');
  await one.picture('edit-newer');
  assert.equal(await one.button('action.save').isDisabled(), true);
  await one.click(one.button('edit.take'));
  await has(one, 'CORRECTED elsewhere', 'composer.edit');
  await one.see(one.t('composer.other', { text: 'From an old draft' }));

  // While the box is open, the same.
  await box(one, 'composer.edit').fill('Typed on version two');
  await ann.api.patch(`/posts/${post.id}`, { body: 'Version three', revision: 2 });
  await one.see('Version three');
  await one.see(one.page.getByText(one.t('edit.newer')));
  await has(one, 'Typed on version two', 'composer.edit');
  await one.click(one.button('edit.keep'));
  await save();
  await one.see(one.post('Typed on version two'));
  const { items } = await ben.api.get(`/posts/${post.id}/revisions`);
  assert.deepEqual(
    items.map(({ body_md }) => body_md),
    ['First version', 'CORRECTED elsewhere', 'Version three', 'Typed on version two'],
  );
  await one.close();
});

test('two tabs write two texts', async () => {
  const one = await open();
  await box(one).fill('A long text in the first tab');
  const second = await one.context.newPage();
  await second.goto(one.page.url());
  const other = second.getByRole('textbox', { name: one.t('composer.message'), exact: true });
  await other.waitFor();
  assert.equal(await other.inputValue(), '');
  await other.fill('Something else in the second');
  for (const page of [one.page, second]) await page.reload();
  await has(one, 'A long text in the first tab');
  await other.waitFor();
  assert.equal(await other.inputValue(), 'Something else in the second');
  // What one sends, the other shows once.
  await one.click(one.button('action.send'));
  await second.locator('article', { hasText: 'A long text in the first tab' }).waitFor();
  assert.equal(await second.locator('.newbar').count(), 0);
  await one.close();
});

test('signed out in another tab: the text stays, the page says so, nobody else sends it', async () => {
  const away = await member(ada, 'Otto Out', 'workers', 'Dockers Union');
  const one = await browsers.open(away);
  await one.go(`/threads/${thread.id}`);
  await one.connected();
  await box(one).fill('Words of Otto');
  const second = await one.context.newPage();
  await second.goto(one.page.url().replace(/\/threads.*/, '/outbox'));
  await second.getByRole('button', { name: one.t('account.menu', { name: away.name }) }).click();
  await second.getByRole('button', { name: one.t('action.sign_out') }).click();
  await second.getByRole('button', { name: one.t('signout.keep') }).click();
  await one.see(one.t('composer.away'));
  await has(one, 'Words of Otto');
  assert.equal(await one.button('action.send').isDisabled(), true);
  assert.equal(await one.page.getByText(': , , .').count(), 0);
  // Ben signs in there: this page is his now, and Otto's words are not.
  await second.goto(new URL('/sign-in', one.page.url()).href);
  await second.getByLabel(one.t('field.email'), { exact: true }).fill(ben.email);
  await second.getByLabel(one.t('field.password'), { exact: true }).fill('a calm sentence to sign in with');
  await second
    .getByRole('button', { name: one.t('action.sign_in'), exact: true })
    .last()
    .click();
  await one.see(one.page.getByRole('button', { name: one.t('account.menu', { name: ben.name }) }));
  await has(one, '');
  assert.deepEqual(
    (await ben.api.posts(thread)).map(({ body_md }) => body_md),
    ['The first words.'],
  );
  await one.close();
});

test('a declined post can be tried again or put away, and no change is offered where it would be refused', async () => {
  const post = await ann.api.say(thread, 'Published before the review');
  await ada.put(`/threads/${thread.id}/review`, { reason: 'other', note: 'A calm day' });
  const one = await open();
  await one.write('Buy shoes');
  await one.see(one.t('held.waits'));
  const [held] = (await ada.get(`/rooms/${room.id}/desk`)).held;
  await ada.post(`/held/${held.id}/decision`, { decision: 'decline', reason: 'spam', note: 'No shoes' });
  await one.see('No shoes');
  await one.picture('held-declined');
  await one.click(
    one.page.locator(`[data-post="${post.id}"]`).getByRole('button', { name: one.t('post.more', { who: ann.name }) }),
  );
  await one.see(one.button('post.copy_link'));
  assert.equal(await one.button('action.edit').count(), 0);
  await one.page.keyboard.press('Escape');
  await one.click(one.button('held.again'));
  await has(one, 'Buy shoes');
  await one.sees(0, one.page.getByText('No shoes'));
  await one.page.reload();
  await has(one, 'Buy shoes');
  assert.equal(await one.page.getByText('No shoes').count(), 0);
  await one.close();
});
