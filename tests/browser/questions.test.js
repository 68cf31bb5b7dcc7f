import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { faults } from './support/axe.js';
import { admin, member, PHONE, useBrowser } from './support/people.js';

const browsers = useBrowser();
let chair, interpreter, worker, employer, room, session;
const inMinutes = (n) => new Date(Date.now() + n * 60_000).toISOString();

before(async () => {
  const ada = await admin();
  chair = await member(ada, 'Chidi Chair', 'un', 'ILO');
  interpreter = await member(ada, 'Ines Interpreter', 'un', 'ILO');
  worker = await member(ada, 'Wen Worker', 'workers', '全国总工会', { locale: 'zh' });
  employer = await member(ada, 'Emma Employer', 'employers', 'Textile Federation');
  room = await ada.post('/rooms', { title: 'Skills', kind: 'workshop', visibility: 'members' });
  await ada.put(`/rooms/${room.id}/roles/${chair.me.id}`, { role: 'chair' });
  await ada.put(`/rooms/${room.id}/roles/${interpreter.me.id}`, { role: 'interpreter' });
  session = await chair.api.post(`/rooms/${room.id}/sessions`, {
    title: 'Skills for all',
    organisation: 'ILO',
    starts_at: inMinutes(-5),
    ends_at: inMinutes(55),
  });
  await chair.api.post(`/sessions/${session.id}/state`, { state: 'live' });
});

const clean = async (one, what) => assert.deepEqual(await faults(one.page), [], `${one.name}: ${what}`);
const question = (one, words) => one.page.locator('.question', { hasText: words });
const more = (one, who) => one.click(one.page.getByRole('button', { name: one.t('question.more', { who }) }));

test('questions are asked, supported, translated, taken, and go on as threads', async () => {
  const lead = await browsers.open(chair);
  const phone = await browsers.open(worker, { viewport: PHONE });
  const desk = await browsers.open(employer);
  const booth = await browsers.open(interpreter);
  for (const one of [lead, phone, desk, booth]) {
    await one.go(`/rooms/${room.slug}/live`);
    await one.connected();
  }
  const tab = (name) => phone.click(phone.page.getByRole('tab', { name: new RegExp(phone.t(`live.tab.${name}`)) }));
  await tab('questions');

  // The employer asks, the worker on the phone asks, and both see both.
  const ask = async (one, words) => {
    await one.click(one.button('question.ask'));
    await one.page.getByLabel(one.t('question.body'), { exact: true }).fill(words);
    await clean(one, 'asking');
    await one.click(one.button('question.send'));
    await one.gone(one.page.locator('dialog'));
  };
  await ask(desk, 'Which costs may small suppliers share?');
  await ask(phone, '补贴申请需要多长时间?');
  for (const one of [lead, phone, desk]) {
    await one.see(question(one, 'Which costs may small suppliers share?'));
    await one.see(question(one, '补贴申请需要多长时间?'));
  }

  // Support moves a question up, for everyone.
  const first = (one, words) => one.see(one.page.locator('.question-items li:first-child', { hasText: words }));
  await first(lead, 'Which costs');
  await phone.click(question(phone, '补贴').locator('.support'));
  for (const one of [lead, phone, desk]) await first(one, '补贴');
  // The event may come before the answer that says whose support it is.
  await phone.see(question(phone, '补贴').locator('.support[aria-pressed=true]'));
  assert.equal(await question(desk, '补贴').locator('.support').getAttribute('aria-pressed'), 'false');

  // The interpreter writes it in English; the employer reads it beside the original.
  await more(booth, 'Wen Worker');
  await booth.click(booth.button('translate.action'));
  const target = booth.page.getByLabel(booth.t('translate.text', { lang: booth.t('lang.en') }));
  await target.fill('How long does it take to apply for the subsidy?');
  await clean(booth, 'translating');
  await booth.click(booth.button('translate.keep'));
  await booth.see(booth.page.locator('[role=status]', { hasText: booth.t('translate.draft_kept') }).first());
  assert.equal(await desk.page.getByText('How long does it take').count(), 0, 'a draft is not shown');
  await booth.click(booth.button('translate.publish'));
  await desk.see('How long does it take to apply for the subsidy?');
  await desk.see(desk.page.getByText(desk.t('translation.interpreter', { lang: desk.t('lang.en') })));
  await phone.click(phone.button('translation.confirm'));
  await desk.see(desk.page.getByText(desk.t('translation.confirmed', { lang: desk.t('lang.en') })));

  // A reader who wants one language only has it; the original is one step away.
  await desk.page.getByLabel(desk.t('reading.label')).first().selectOption('mine');
  await desk.gone(question(desk, 'How long').getByText('补贴申请需要多长时间?'));
  await desk.click(question(desk, 'How long').getByText(desk.t('translation.show_original')));
  await desk.see(question(desk, 'How long').getByText('补贴申请需要多长时间?'));

  // What is said is written down; who cannot follow says so to the desk only.
  await booth.page.getByRole('textbox', { name: booth.t('transcript.line') }).fill('We begin with the first item.');
  await booth.click(booth.button('transcript.add'));
  await desk.see(desk.page.locator('.spoken').getByText('We begin with the first item.'));
  await tab('text');
  await phone.click(phone.button('signal.slower'));
  for (const one of [lead, booth]) await one.see(one.page.locator('.signals').getByText(one.t('signal.slower')));
  assert.equal(await desk.page.locator('.signals .note').count(), 0);
  await clean(phone, 'the text');
  await tab('questions');
  await clean(phone, 'the questions');

  // The chair takes one, merges nothing, parks the other with a reason, enters one for the hall.
  await lead.click(lead.page.getByRole('button', { name: lead.t('question.take_of', { who: 'Wen Worker' }) }));
  await phone.see(phone.page.locator('.question.taken', { hasText: '补贴' }));
  await clean(lead, 'a question taken');
  await lead.picture('questions');
  await phone.picture('questions-phone');
  await lead.click(lead.button('question.answered'));
  await more(lead, 'Emma Employer');
  await lead.click(lead.button('question.park'));
  await lead.page.getByLabel(lead.t('field.reason'), { exact: true }).fill('For the afternoon');
  await lead.click(lead.page.locator('dialog').getByRole('button', { name: lead.t('question.park'), exact: true }));
  await lead.gone(lead.page.locator('dialog'));
  await lead.click(lead.button('question.ask'));
  await lead.page.getByLabel(lead.t('question.body'), { exact: true }).fill('Will there be minutes?');
  await lead.page.getByLabel(lead.t('question.for_other')).check();
  await lead.page.getByLabel(lead.t('question.person'), { exact: true }).fill('Nora from row three');
  await lead.click(lead.button('question.send'));
  await desk.see(question(desk, 'Will there be minutes?').getByText(desk.t('question.on_behalf')));

  // The session ends: what was not answered goes on.
  lead.page.once('dialog', (dialog) => void dialog.accept());
  await lead.click(lead.button('control.end'));
  await desk.see(question(desk, 'Which costs').getByText(desk.t('question.continues')));
  await desk.click(question(desk, 'Which costs').getByText(desk.t('question.continues')));
  await desk.see(desk.page.getByRole('heading', { level: 1, name: 'Which costs may small suppliers share?' }));
  await desk.click(desk.page.getByText(desk.t('question.from_session')));
  await desk.see('For the afternoon');
  await clean(desk, 'the thread');
  for (const one of [lead, phone, desk, booth]) await one.close();
});
