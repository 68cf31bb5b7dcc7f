import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { admin, member, PHONE, useBrowser } from './support/people.js';

const browsers = useBrowser();
const WORDS = 'Call me on 0700 000 000 about the case of Ms K.';
let moderator, author, reader, thread, room;

before(async () => {
  const ada = await admin();
  moderator = await member(ada, 'Maria Moderator', 'un', 'ILO');
  author = await member(ada, 'Otto Author', 'workers', 'Miners Union');
  reader = await member(ada, '李读者', 'government', '人力资源部', { locale: 'zh' });
  room = await ada.post('/rooms', { title: 'Safety at work', kind: 'forum', visibility: 'members' });
  await ada.put(`/rooms/${room.id}/roles/${moderator.me.id}`, { role: 'moderator' });
  thread = await reader.api.thread(room, 'How do you report accidents?', 'One answer each, please.');
  await author.api.say(thread, WORDS);
});

test('a moderator hides a post and restores it; everybody sees it happen', async () => {
  const desk = await browsers.open(moderator);
  const mine = await browsers.open(author, { viewport: PHONE });
  const others = await browsers.open(reader);
  for (const one of [desk, mine, others]) {
    await one.go(`/threads/${thread.id}`);
    await one.see(WORDS);
    await one.connected();
  }

  // Only a moderator has the button.
  await others.click(others.post(WORDS).getByRole('button', { name: others.t('post.more', { who: author.name }) }));
  await others.see(others.button('post.copy_link'));
  assert.equal(await others.button('post.hide').count(), 0);
  await others.page.keyboard.press('Escape');

  await desk.click(desk.post(WORDS).getByRole('button', { name: desk.t('post.more', { who: author.name }) }));
  await desk.click(desk.button('post.hide'));
  const dialog = desk.page.getByRole('dialog');
  // No reason is chosen beforehand, and none can be left out.
  await desk.click(dialog.getByRole('button', { name: desk.t('moderate.hide') }));
  await desk.see(dialog.getByText(desk.t('field.required')));
  await desk.picture('moderate-required');
  await desk.reason('A telephone number and a name.', 'personal_data');
  await desk.click(dialog.getByRole('button', { name: desk.t('moderate.hide') }));
  await desk.gone(dialog);

  const { moderation_reasons: reasons } = await moderator.api.get('/installation');
  const reason = reasons.find((one) => one.id === 'personal_data').name;
  for (const one of [mine, others]) {
    await one.gone(WORDS);
    await one.see(one.t('post.hidden', { reason: reason[one.locale] }));
  }
  // Its author reads why, and that it is theirs. Nobody else is told more than the reason.
  await mine.see('A telephone number and a name.');
  await mine.see(mine.t('post.hidden_yours'));
  assert.equal(await others.page.getByText('A telephone number and a name.').count(), 0);

  // Also to those who come later.
  await others.page.reload();
  await others.see(others.t('post.hidden', { reason: reason.zh }));
  assert.ok(!(await others.page.content()).includes('0700'));

  await desk.click(desk.button('post.open_hidden'));
  await desk.see(WORDS);
  await desk.click(desk.post(WORDS).getByRole('button', { name: desk.t('post.more', { who: author.name }) }));
  await desk.click(desk.button('post.restore'));
  await desk.reason('The number was the hotline.');
  await desk.click(dialog.getByRole('button', { name: desk.t('moderate.restore') }));
  for (const one of [desk, mine, others]) {
    await one.see(WORDS);
    await one.sees(0, one.page.locator('.tomb'));
  }

  // Both acts stand in the public log, without the name of whom they hit.
  await others.go(`/rooms/${room.slug}/moderation-log`);
  await others.see(others.t('act.post.restored'));
  await others.see(others.t('act.post.hidden'));
  await others.see('The number was the hotline.');
  assert.equal(await others.page.getByText(author.name).count(), 0);
  for (const one of [desk, mine, others]) await one.close();
});

test('a locked thread takes no more posts', async () => {
  const desk = await browsers.open(moderator);
  const other = await browsers.open(author);
  const held = await reader.api.thread(room, 'A heated thread', 'Calm down, everybody.');
  for (const one of [desk, other]) {
    await one.go(`/threads/${held.id}`);
    await one.see('Calm down, everybody.');
    await one.connected();
  }
  await desk.click(desk.button('thread.menu'));
  await desk.click(desk.button('thread.lock'));
  await desk.reason('All has been said');
  await desk.click(desk.page.getByRole('dialog').getByRole('button', { name: desk.t('thread.lock') }));
  await other.see(other.t('thread.locked_text'));
  await other.sees(0, other.page.locator('form.composer'));
  for (const one of [desk, other]) await one.close();
});
