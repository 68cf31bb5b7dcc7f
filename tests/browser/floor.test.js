// The floor with three browsers: the chair, a worker on a phone in Chinese, an employer.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { faults } from './support/axe.js';
import { admin, DESK, member, PHONE, useBrowser } from './support/people.js';

const browsers = useBrowser();
let chair, worker, employer, other, minister, room, session;
const inMinutes = (n) => new Date(Date.now() + n * 60_000).toISOString();

before(async () => {
  const ada = await admin();
  chair = await member(ada, 'Chidi Chair', 'un', 'ILO');
  worker = await member(ada, 'Wen Worker', 'workers', '全国总工会', { locale: 'zh' });
  employer = await member(ada, 'Emma Employer', 'employers', 'Textile Federation');
  other = await member(ada, 'Otto Owner', 'employers', 'Shoe Federation');
  minister = await member(ada, 'Mina Minister', 'government', 'Ministry of Labour');
  room = await ada.post('/rooms', { title: 'Who speaks when', kind: 'workshop', visibility: 'members' });
  await ada.put(`/rooms/${room.id}/roles/${chair.me.id}`, { role: 'chair' });
  session = await chair.api.post(`/rooms/${room.id}/sessions`, {
    title: 'Working time',
    title_zh: '工作时间',
    organisation: 'ILO',
    starts_at: inMinutes(-5),
    ends_at: inMinutes(65),
  });
  await chair.api.post(`/sessions/${session.id}/state`, { state: 'live' });
});

const ask = (who, more = {}) =>
  who.api.post(`/sessions/${session.id}/floor/requests`, { kind: 'contribution', client_id: randomUUID(), ...more });
const now = (one) => one.page.locator('.floor-now');
const queue = (one) => one.page.locator('ol.floor-queue > li');
const said = (one, key) => one.page.getByTestId('floor-call').getByText(one.t(key));
async function clean(one, name) {
  await one.picture(`floor-${name}`);
  assert.deepEqual(await faults(one.page), [], name);
}

test('the floor goes round: asked, given, interrupted, given to another for a reason', async () => {
  const lead = await browsers.open(chair);
  const phone = await browsers.open(worker, { viewport: PHONE });
  const desk = await browsers.open(employer);
  for (const one of [lead, phone, desk]) {
    await one.go(`/rooms/${room.slug}/live`);
    await one.connected();
  }
  await phone.click(phone.page.getByRole('tab', { name: phone.t('live.tab.floor') }));
  for (const one of [lead, phone, desk]) await one.see(one.t('floor.nobody'));
  // Only the chair runs the floor.
  assert.equal(await desk.button('floor.settings').count(), 0);

  // Two employers ask before the worker; the worker is called between them.
  await desk.click(desk.button('floor.ask'));
  await desk.see(desk.t('floor.you_are', { n: 1 }));
  await ask(other, { note: 'On shifts of ten hours' });
  await lead.sees(2, queue(lead));
  await phone.click(phone.button('floor.ask'));
  await phone.see(phone.t('floor.you_are', { n: 2 }));
  await phone.see(phone.page.getByRole('tab', { name: /2/ }));
  for (const one of [lead, desk, phone]) {
    await one.sees(3, queue(one));
    await one.see(queue(one).nth(0).getByText(employer.name));
    await one.see(queue(one).nth(1).getByText(worker.name));
    await one.see(queue(one).nth(2).getByText('On shifts of ten hours'));
  }
  const { constituencies } = await chair.api.get('/installation');
  const side = (one, id) => constituencies.find((c) => c.id === id).name[one.locale];
  await phone.see(
    queue(phone)
      .nth(1)
      .getByText(phone.t('floor.why.least_heard', { side: side(phone, 'workers') })),
  );
  await clean(phone, 'phone-waiting');

  // The first is called; who is next hears it, and everyone sees the time that is left.
  await lead.click(lead.page.locator('.floor-next button'));
  await desk.see(said(desk, 'floor.you_speak'));
  await phone.see(said(phone, 'floor.you_next'));
  for (const one of [lead, phone, desk]) {
    await one.see(now(one).getByText(employer.name));
    await one.see(now(one).getByText(/^2:5\d$/));
    await one.see(now(one).getByText(one.t('live.left')));
  }
  await phone.see(phone.page.locator('.floor-shares li').nth(1).getByText('100%'));
  await desk.see(desk.button('floor.finish'));

  // On another panel of the phone it is still said.
  await phone.click(phone.page.getByRole('tab', { name: phone.t('live.tab.chat') }));
  await phone.see(phone.page.locator('.floor-call').getByText(phone.t('floor.you_next')));
  await clean(phone, 'phone-chat');
  await phone.click(phone.page.getByRole('tab', { name: phone.t('live.tab.floor') }));

  // A question interrupts, when the chair lets it in, and the speech goes on after it.
  await phone.click(phone.button('floor.ask_other'));
  await phone.page.getByLabel(phone.t('floor.interpose')).check();
  await phone.page.getByLabel(phone.t('floor.note')).fill('加班如何计算？');
  await clean(phone, 'phone-asking');
  await phone.click(phone.button('floor.ask_do'));
  await phone.see(phone.t('floor.you_interpose'));
  await lead.see('加班如何计算？');
  await lead.click(lead.button('floor.let_in'));
  await phone.see(said(phone, 'floor.you_speak'));
  for (const one of [lead, desk]) {
    await one.see(now(one).getByText(worker.name));
    await one.see(now(one).getByText(new RegExp(`^${one.t('floor.interrupted', { who: employer.name })}`)));
  }
  await clean(lead, 'chair');
  await lead.page.setViewportSize({ width: 900, height: 700 });
  await clean(lead, 'chair-tablet');
  await lead.page.setViewportSize(DESK);
  await phone.click(phone.button('floor.finish'));
  await desk.see(said(desk, 'floor.you_speak'));
  await phone.see(now(phone).getByText(employer.name));

  // Paused and gone on with.
  await lead.click(lead.button('floor.pause'));
  await desk.see(now(desk).getByText(desk.t('floor.paused')));
  await lead.click(lead.button('floor.resume'));
  await desk.gone(now(desk).getByText(desk.t('floor.paused')));
  await lead.click(lead.button('floor.end'));
  for (const one of [phone, desk]) await one.see(one.t('floor.nobody'));

  // Another than the first needs a reason, which everyone reads.
  await lead.click(queue(lead).nth(1).locator('.menu > button, button').last());
  await lead.click(
    queue(lead)
      .nth(1)
      .getByRole('button', { name: lead.t('floor.give'), exact: true }),
  );
  const dialog = lead.page.getByRole('dialog');
  await lead.click(dialog.getByRole('button', { name: lead.t('floor.give'), exact: true }));
  await lead.see(dialog.getByText(lead.t('field.required')));
  await lead.reason('His train leaves at noon');
  await clean(lead, 'chair-reason');
  await lead.click(dialog.getByRole('button', { name: lead.t('floor.give'), exact: true }));
  for (const one of [lead, phone, desk]) {
    await one.see(now(one).getByText(other.name));
    await one.see(one.page.locator('.floor-acts').getByText('His train leaves at noon'));
  }
  await clean(desk, 'employer');
  for (const one of [lead, phone, desk]) await one.close();
});

test('the desk enters somebody, sets the parts, and closes the floor', async () => {
  const lead = await browsers.open(chair);
  const phone = await browsers.open(worker, { viewport: { width: 320, height: 640 } });
  for (const one of [lead, phone]) {
    await one.go(`/rooms/${room.slug}/live`);
    await one.connected();
  }
  await phone.click(phone.page.getByRole('tab', { name: phone.t('live.tab.floor') }));
  await lead.click(lead.button('floor.enter'));
  const dialog = lead.page.getByRole('dialog');
  await dialog.getByLabel(lead.t('floor.name'), { exact: true }).fill('Li Na 李娜');
  await dialog.getByLabel(lead.t('field.constituency')).selectOption('government');
  await clean(lead, 'chair-enter');
  await lead.click(dialog.getByRole('button', { name: lead.t('floor.enter_do'), exact: true }));
  const row = queue(phone).filter({ hasText: 'Li Na 李娜' });
  await phone.see(row.getByText(phone.t('floor.by_desk')));

  // A point of order goes before everyone.
  await ask(minister, { kind: 'point_of_order' });
  await phone.see(queue(phone).nth(0).getByText(phone.t('floor.kind.point_of_order')));

  await lead.click(lead.button('floor.settings'));
  const settings = lead.page.getByRole('dialog');
  await settings.getByLabel(lead.t('floor.takes_requests')).uncheck();
  await settings.getByLabel(lead.t('floor.limit'), { exact: true }).fill('60');
  await settings.getByRole('spinbutton').last().fill('0');
  await settings.getByLabel(lead.t('floor.reason')).fill('Agreed by the officers');
  await clean(lead, 'chair-settings');
  await lead.click(settings.getByRole('button', { name: lead.t('action.save'), exact: true }));
  await phone.see(phone.page.locator('.floor > header').getByText(phone.t('floor.closed')));
  await phone.see(phone.page.locator('.floor-acts').getByText('Agreed by the officers'));
  await clean(phone, 'phone-closed');

  // The next one has a minute.
  await lead.click(lead.page.locator('.floor-next button'));
  await phone.see(now(phone).getByText(/^0:5\d$/));
  for (const one of [lead, phone]) await one.close();
});
