import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { faults } from './support/axe.js';
import { admin, member, PHONE, useBrowser } from './support/people.js';

const browsers = useBrowser();
const SIDES = ['workers', 'employers', 'government'];
const people = {};
let chair, room, session;
const inMinutes = (n) => new Date(Date.now() + n * 60_000).toISOString();

before(async () => {
  const ada = await admin();
  chair = await member(ada, 'Chidi Chair', 'un', 'ILO');
  room = await ada.post('/rooms', { title: 'Skills funds', kind: 'workshop', visibility: 'members' });
  await ada.put(`/rooms/${room.id}/roles/${chair.me.id}`, { role: 'chair' });
  // Who made the room is a chair too, and would be asked.
  await ada.delete(`/rooms/${room.id}/roles/${(await ada.get('/me')).id}`);
  for (const side of SIDES) {
    people[side] = [];
    for (let n = 0; n < 5; n += 1) {
      const locale = side === 'workers' && n === 0 ? 'zh' : 'en';
      const one = await member(ada, `${side} ${n}`, side, `Organisation of ${side}`, { locale });
      await chair.api.put(`/rooms/${room.id}/roles/${one.me.id}`, { role: 'participant' });
      people[side].push(one);
    }
  }
  session = await chair.api.post(`/rooms/${room.id}/sessions`, {
    title: 'Skills funds by sector',
    title_zh: '行业技能基金',
    organisation: 'ILO',
    starts_at: inMinutes(-5),
    ends_at: inMinutes(55),
  });
  await chair.api.post(`/sessions/${session.id}/state`, { state: 'live' });
});

const card = (one, question) => one.page.locator('article.poll', { hasText: question });
const stance = (one, name) => one.page.getByRole('radio', { name: one.t(`poll.stance.${name}`) });
const clean = async (one, what) => assert.deepEqual(await faults(one.page), [], what);
const QUESTION = 'Each sector sets up a skills fund by 2028.';
const FRAGE = '各行业在二〇二八年前设立技能基金。';

async function enter(who, options) {
  const one = await browsers.open(who, options);
  await one.go(`/rooms/${room.slug}/live`);
  await one.connected();
  if (options?.viewport === PHONE) await one.click(one.page.getByRole('tab', { name: one.t('live.tab.polls') }));
  return one;
}

test('a sense-check from the draft to the statement', async () => {
  const lead = await enter(chair);
  const phone = await enter(people.workers[0], { viewport: PHONE });
  const desk = await enter(people.employers[0]);
  assert.equal(await desk.button('poll.new').count(), 0);

  // A draft in one language does not open; nobody else sees it.
  await lead.click(lead.button('poll.new'));
  await lead.page.getByLabel(lead.t('poll.kind')).selectOption('sense_check');
  await lead.field('poll.question_en').fill(QUESTION);
  await clean(lead, 'the form');
  await lead.picture('polls-form');
  await lead.click(lead.button('poll.save_draft'));
  await lead.see(card(lead, QUESTION));
  await lead.click(lead.page.getByRole('button', { name: lead.t('poll.open_of', { question: QUESTION }) }));
  await lead.see(lead.t('poll.gap_question.zh'));
  await clean(lead, 'a language is missing');
  await lead.click(lead.page.getByRole('button', { name: lead.t('poll.edit_of', { question: QUESTION }) }));
  await lead.field('poll.question_zh').fill(FRAGE);
  await lead.click(lead.button('poll.save_draft'));
  await lead.gone(lead.page.locator('dialog'));
  assert.equal(await desk.page.getByText(QUESTION).count(), 0);
  await lead.click(lead.page.getByRole('button', { name: lead.t('poll.open_of', { question: QUESTION }) }));

  // Everyone is asked in their own language.
  await desk.see(card(desk, QUESTION));
  await phone.see(card(phone, FRAGE));
  await phone.see(phone.page.getByRole('tab', { name: phone.t('live.tab.polls') }).getByText('1'));
  await clean(phone, 'the ballot on a phone');
  await phone.picture('polls-ballot-phone', { fullPage: true });
  await stance(phone, 'agree').check();
  await phone.click(phone.button('poll.send'));
  await phone.see(phone.t('poll.your_answer'));

  // By keyboard: down to the last stance, and its reason.
  await stance(desk, 'agree').focus();
  await desk.page.keyboard.press('ArrowDown');
  await desk.page.keyboard.press('ArrowDown');
  assert.equal(await stance(desk, 'object').isChecked(), true);
  await desk.page.getByLabel(desk.t('poll.reason')).fill('Who pays?');
  await clean(desk, 'the ballot with a reason');
  await desk.click(desk.button('poll.send'));
  await desk.see(desk.page.locator('[role=status]', { hasText: desk.t('poll.stance.object') }));
  // A change of mind.
  await desk.click(desk.button('poll.change'));
  await stance(desk, 'can_live_with').check();
  await desk.click(desk.button('poll.send'));
  await desk.see(desk.page.locator('[role=status]', { hasText: desk.t('poll.stance.can_live_with') }));

  const poll = (await chair.api.get(`/sessions/${session.id}/polls`)).items[0];
  const answer = (who, ballot) => who.api.put(`/polls/${poll.id}/ballot`, ballot);
  for (const who of people.workers.slice(1)) await answer(who, { stance: 'agree' });
  for (const who of people.employers.slice(1)) await answer(who, { stance: 'can_live_with' });
  for (const who of people.government.slice(0, 3)) await answer(who, { stance: 'object', reason: 'No budget' });
  await lead.see(lead.page.getByText(lead.t('poll.answered', { a: 13, b: 16 })));
  assert.equal(await lead.page.locator('.poll-results').count(), 0, 'hidden while it is open');

  // Two of the government are away: a warning, and nothing has happened.
  await lead.click(lead.page.getByRole('button', { name: lead.t('poll.close_of', { question: QUESTION }) }));
  await lead.see(lead.page.locator('dialog').getByText(lead.t('poll.away_row', { name: 'Government', a: 2, b: 5 })));
  await clean(lead, 'the warning');
  await lead.picture('polls-warning');
  await lead.click(lead.button('poll.wait'));
  await lead.gone(lead.page.locator('dialog'));
  for (const who of people.government.slice(3)) await answer(who, { stance: 'object', reason: 'No budget' });
  await lead.click(lead.page.getByRole('button', { name: lead.t('poll.close_of', { question: QUESTION }) }));

  for (const one of [lead, desk, phone]) {
    const government = one.locale === 'zh' ? '政府' : 'Government';
    await one.see(one.t('poll.consensus.objected', { names: government }));
    const bars = one.page.locator('.poll-results [role=img]');
    await one.sees(3, bars);
    assert.equal(
      await bars
        .first()
        .getAttribute('aria-label')
        .then((words) => /5/.test(words)),
      true,
    );
    await one.see(one.page.locator('.poll-objections').getByText('No budget').first());
    await one.click(one.page.locator('.poll-table summary'));
    await one.sees(5, one.page.locator('.poll-table tr'));
    await clean(one, 'the results');
    await one.picture(`polls-results-${one.locale}`, { fullPage: true });
    await one.close();
  }
});

test('a secret poll: final, and small groups are not shown', async () => {
  const poll = await chair.api.post(`/sessions/${session.id}/polls`, {
    kind: 'single',
    secret: true,
    question: { en: 'Where do we meet next?', zh: '下次在哪里开会？' },
    options: ['Nairobi', 'Lima', 'Xi’an'].map((city) => ({ en: city, zh: city })),
  });
  await chair.api.post(`/polls/${poll.id}/open`);
  const one = await enter(people.workers[1], { theme: 'dark' });
  const asked = card(one, 'Where do we meet next?');
  await one.see(asked.getByText(one.t('poll.secret_note')));
  await clean(one, 'a secret ballot, dark');
  await asked.getByLabel('Lima').check();
  one.page.once('dialog', (dialog) => void dialog.accept());
  await one.click(one.button('poll.send'));
  await one.see(asked.getByText(one.t('poll.secret_done')));
  assert.equal(await asked.getByRole('button', { name: one.t('poll.change') }).count(), 0);

  const votes = [...people.workers.slice(2), ...people.employers, ...people.government.slice(0, 3)];
  for (const [n, who] of votes.entries()) await who.api.put(`/polls/${poll.id}/ballot`, { options: [n % 3] });
  await chair.api.post(`/polls/${poll.id}/close`, { anyway: true, reason: 'The bus is leaving' });
  await one.see(asked.getByText(one.t('poll.closed_because', { reason: 'The bus is leaving' })));
  await one.see(asked.locator('.poll-results').getByText('Workers', { exact: false }).first());
  await one.see(asked.getByText(one.t('poll.protected', { names: '' }).split(':')[0]));
  await clean(one, 'results with a hidden group, dark');
  await one.picture('polls-secret-dark');
  await one.close();
});

test('who comes late is let in with a note, and another device follows', async () => {
  const late = await member(await admin(), 'Lina Late', 'employers', 'Late Federation');
  const question = 'Shall we meet again in May?';
  const poll = await chair.api.post(`/sessions/${session.id}/polls`, {
    kind: 'single',
    eligible_rule: 'roles',
    question: { en: question, zh: '五月再开会吗？' },
    options: [
      { en: 'Yes', zh: '是' },
      { en: 'No', zh: '否' },
    ],
  });
  await chair.api.post(`/polls/${poll.id}/open`);
  const laptop = await enter(late);
  const phone = await enter(late, { viewport: PHONE });
  await laptop.see(card(laptop, question).getByText(laptop.t('poll.not_eligible')));

  const lead = await enter(chair);
  await lead.click(lead.page.getByRole('button', { name: lead.t('poll.add_voter_of', { question }) }));
  const dialog = lead.page.locator('dialog');
  await dialog.getByLabel(lead.t('poll.voter')).selectOption({ label: 'Lina Late · Employers · Late Federation' });
  await dialog.getByLabel(lead.t('field.note')).fill('Her train was late');
  await clean(lead, 'letting somebody in');
  await lead.picture('polls-let-in');
  await lead.click(dialog.getByRole('button', { name: lead.t('poll.add_voter') }));
  await lead.gone(dialog);
  for (const one of [lead, laptop]) {
    const note = one.t('poll.let_in', { name: 'Lina Late', note: 'Her train was late' });
    await one.see(card(one, question).getByText(note));
  }

  // What is answered on one device is seen on the other.
  await laptop.see(card(laptop, question).getByLabel('Yes'));
  await phone.see(card(phone, question).getByLabel('Yes'));
  await card(phone, question).getByLabel('No').check();
  await phone.click(phone.button('poll.send'));
  await laptop.see(card(laptop, question).locator('[role=status]', { hasText: 'No' }));
  await laptop.click(card(laptop, question).getByRole('button', { name: laptop.t('poll.change') }));
  await card(laptop, question).getByLabel('Yes').check();
  await laptop.click(card(laptop, question).getByRole('button', { name: laptop.t('poll.send') }));
  await phone.see(card(phone, question).locator('[role=status]', { hasText: 'Yes' }));
  await clean(laptop, 'who was let in');
  await laptop.picture('polls-added');
  await chair.api.post(`/polls/${poll.id}/cancel`, { reason: 'Only a trial' });
  for (const one of [lead, laptop, phone]) await one.close();
});
