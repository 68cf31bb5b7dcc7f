import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { admin, DESK, member, PHONE, text, useBrowser } from './support/people.js';
import { PASSWORD } from './support/api.js';

const browsers = useBrowser();
let steward, employer, expert, room, thread;

before(async () => {
  const ada = await admin();
  steward = await member(ada, 'Sofia Steward', 'un', 'ILO', { role: 'steward' });
  employer = await member(ada, '陈雇主', 'employers', '中国企业联合会', { locale: 'zh' });
  expert = await member(ada, 'Eva Expert', 'civil_society', 'University of Nairobi');
  room = await steward.api.post('/rooms', {
    title: 'Skills for a just transition',
    kind: 'forum',
    visibility: 'members',
  });
  thread = await steward.api.thread(room, 'Who pays for retraining?', 'Please say what has worked where you are.');
});

test('a new member registers, a steward confirms, and others see what the member posts', async () => {
  const words = 'We agreed on sixteen paid hours a year.';
  const worker = await browsers.open(null);
  await worker.go('/register');
  await worker.click(worker.page.getByText('Workers', { exact: true }));
  await worker.field('field.organisation').fill('General Workers Union');
  await worker.field('field.display_name').fill('Wanjiru Worker');
  await worker.field('field.email').fill(`wanjiru-${process.pid}@example.org`);
  await worker.field('field.password').fill(PASSWORD);
  await worker.click(worker.button('action.register'));
  await worker.see(worker.page.getByRole('heading', { name: worker.t('waiting.title') }));

  const desk = await browsers.open(steward);
  await desk.go('/');
  await desk.click(desk.link(desk.t('nav.members')));
  const row = desk.page.getByRole('listitem').filter({ hasText: 'Wanjiru Worker' });
  await desk.click(row.getByRole('button', { name: desk.t('members.confirm') }));
  await desk.gone(row.getByRole('button', { name: desk.t('members.confirm') }));

  const chinese = await browsers.open(employer, { viewport: DESK });
  const phone = await browsers.open(expert, { viewport: PHONE });
  for (const other of [chinese, phone]) {
    await other.go(`/threads/${thread.id}`);
    await other.see('Please say what has worked where you are.');
    await other.connected();
  }

  // The page of the one who waits goes on by itself.
  await worker.click(worker.link(room.title));
  await worker.click(worker.link(thread.title));
  await worker.see('Please say what has worked where you are.');
  await worker.write(words);
  await worker.see(worker.post(words).getByText('Wanjiru Worker'));

  for (const [other, locale] of [
    [chinese, 'zh'],
    [phone, 'en'],
  ]) {
    // Nothing moves under a reader: first a quiet button, then the post.
    await other.click(other.page.locator('.posbar button', { hasText: '+1' }));
    await other.see(other.post(words));
    assert.equal(await other.page.locator('html').getAttribute('lang'), locale === 'zh' ? 'zh-Hans' : 'en');
    assert.equal(await other.post(words).getByText(text(locale, 'action.reply'), { exact: true }).count(), 1);
  }
  for (const one of [worker, desk, chinese, phone]) await one.close();
});
