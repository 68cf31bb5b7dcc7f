// Posts that wait for a moderator, in a live session, in four browsers.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { faults } from './support/axe.js';
import { admin, member, PHONE, useBrowser } from './support/people.js';

const browsers = useBrowser();
const inMinutes = (n) => new Date(Date.now() + n * 60_000).toISOString();
let first, second, author, reader, room;

before(async () => {
  const ada = await admin();
  first = await member(ada, 'Maria Moderator', 'un', 'ILO');
  second = await member(ada, '孟主持', 'government', '人力资源部', { locale: 'zh' });
  author = await member(ada, 'Otto Author', 'workers', 'Garment Union');
  reader = await member(ada, 'Emma Employer', 'employers', 'Textile Federation');
  room = await ada.post('/rooms', { title: 'Wages on time', kind: 'workshop', visibility: 'members' });
  for (const one of [first, second]) await ada.put(`/rooms/${room.id}/roles/${one.me.id}`, { role: 'moderator' });
  const item = { title: 'Wages', organisation: 'ILO', starts_at: inMinutes(-1), ends_at: inMinutes(60) };
  const session = await first.api.post(`/rooms/${room.id}/sessions`, item);
  await first.api.post(`/sessions/${session.id}/state`, { state: 'live' });
});

test('posts wait for a moderator, one moderator sees to each, and its author is told', async () => {
  const desk = await browsers.open(first);
  const other = await browsers.open(second);
  const mine = await browsers.open(author, { viewport: PHONE });
  const hall = await browsers.open(reader);
  for (const one of [desk, other, mine, hall]) {
    await one.go(`/rooms/${room.slug}/live`);
    await one.connected();
  }
  assert.equal(await hall.page.getByText(hall.t('held.title')).count(), 0);

  await desk.click(desk.button('held.require'));
  const dialog = desk.page.getByRole('dialog');
  await desk.reason('To calm the discussion');
  await desk.click(dialog.getByRole('button', { name: desk.t('held.require') }));
  await desk.gone(dialog);
  for (const one of [mine, hall]) await one.see(one.t('held.note'));

  const say = async (one, words) => {
    await one.page.getByRole('textbox', { name: one.t('composer.message') }).fill(words);
    await one.click(one.button('action.send'));
  };
  await say(mine, 'We are paid two weeks late.');
  await say(mine, 'Buy shoes at my shop.');
  await mine.sees(2, mine.t('held.waits'));
  const card = (one, words) => one.page.locator('article.held', { hasText: words });
  for (const one of [desk, other]) await one.see(card(one, 'two weeks late'));
  assert.equal(await hall.page.getByText('two weeks late').count(), 0);

  // Whoever is at one has it; for the others the buttons are gone.
  await card(desk, 'two weeks late').getByRole('button').first().focus();
  await other.see(card(other, 'two weeks late').getByText(other.t('held.claimed', { who: first.name })));
  assert.equal(await card(other, 'two weeks late').getByRole('button').count(), 0);
  await other.see(card(other, 'shoes').getByRole('button', { name: other.t('held.approve') }));
  assert.deepEqual(await faults(desk.page), [], 'at the desk');
  await desk.picture('held-desk');
  await other.picture('held-desk-zh');

  // By keyboard alone: the button has the focus.
  await desk.page.keyboard.press('Enter');
  await hall.see('We are paid two weeks late.');
  await mine.sees(1, mine.t('held.waits'));
  for (const one of [desk, other]) await one.gone(card(one, 'two weeks late'));

  await other.click(card(other, 'shoes').getByRole('button', { name: other.t('held.decline') }));
  const why = other.page.getByRole('dialog');
  await other.reason('No advertising, please.', 'spam');
  await other.click(why.getByRole('button', { name: other.t('held.decline') }));
  const { moderation_reasons: reasons } = await first.api.get('/installation');
  const spam = reasons.find((one) => one.id === 'spam').name.en;
  await mine.see(mine.t('held.declined', { reason: spam }));
  await mine.see('No advertising, please.');
  assert.deepEqual(await faults(mine.page), [], 'its author');
  await mine.picture('held-author');
  await desk.gone(card(desk, 'shoes'));
  assert.equal(await hall.page.getByText('shoes').count(), 0);

  await desk.click(desk.button('held.lift'));
  await desk.reason('It is calm again');
  await desk.click(desk.page.getByRole('dialog').getByRole('button', { name: desk.t('held.lift') }));
  await mine.gone(mine.t('held.note'));
  await say(mine, 'Thank you.');
  await hall.see('Thank you.');
  for (const one of [desk, other, mine, hall]) await one.close();
});
