// The agenda under control: late running, countdowns on wrong clocks, the lobby, calendars.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faults } from './support/axe.js';
import { admin, member, PHONE, useBrowser, url } from './support/people.js';

const browsers = useBrowser();
const MINUTE = 60_000;
let chair, worker, employer, room, sessions;

// On whole minutes, so that the times on the screen say all.
const begin = Math.floor(Date.now() / MINUTE) * MINUTE;
const at = (minutes) => new Date(begin + minutes * MINUTE).toISOString();
const clock = (iso, timeZone = 'Asia/Shanghai') =>
  new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hour12: false, timeZone }).format(
    new Date(iso),
  );

before(async () => {
  const ada = await admin();
  chair = await member(ada, 'Chloe Chair', 'un', 'ILO');
  worker = await member(ada, 'Wei Worker', 'workers', '全国总工会', { locale: 'zh' });
  employer = await member(ada, 'Eric Employer', 'employers', 'Textile Federation');
  room = await ada.post('/rooms', { title: 'Running late', kind: 'workshop', visibility: 'public' });
  await ada.put(`/rooms/${room.id}/roles/${chair.me.id}`, { role: 'chair' });
  const item = (title, time_kind, from, to, materials = []) =>
    chair.api.post(`/rooms/${room.id}/sessions`, {
      title,
      title_zh: `${title}（中文）`,
      organisation: 'ILO',
      time_kind,
      starts_at: at(from),
      ends_at: at(to),
      materials,
    });
  const paper = { title: 'Background paper', url: 'https://example.org/paper.pdf' };
  sessions = [
    await item('What wages buy', 'compressible', -20, 40, [paper]),
    await item('What wages cost', 'compressible', 40, 70, [paper]),
    await item('Lunch', 'fixed', 70, 130),
    await item('Conclusions', 'hard_stop', 130, 190),
  ];
});

// The next file begins where nothing is on.
after(async () => {
  const { state } = await chair.api.get(`/sessions/${sessions[0].id}`);
  if (state === 'live') await chair.api.post(`/sessions/${sessions[0].id}/state`, { state: 'ended' });
  await chair.api.put(`/rooms/${room.id}/closed`, { reason: 'other' });
});

/** "12:34" or "1:02:03" in seconds. */
async function shown(person) {
  const text = await person.page.locator('.timer b').first().textContent();
  assert.match(text, /^\d+:\d\d(:\d\d)?$/, `a countdown: ${text}`);
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** The countdown comes to what it must be, to a few seconds, and goes on. */
async function countsTo(person, iso, patience = 10_000) {
  const end = Date.now() + patience;
  for (;;) {
    const wrong = Math.abs((await shown(person)) - Math.abs(Date.parse(iso) - Date.now()) / 1000);
    if (wrong <= 3) return;
    if (Date.now() > end) throw new Error(`${person.name} counts ${wrong} s wrong`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A device whose clock is some minutes off. */
const withClock = (person, minutes) =>
  person.context.addInitScript((off) => {
    const Real = Date;
    globalThis.Date = class extends Real {
      constructor(...given) {
        if (given.length) super(...given);
        else super(Real.now() + off);
      }
      static now() {
        return Real.now() + off;
      }
    };
  }, minutes * MINUTE);

async function faultless(person, name) {
  const found = [];
  for (const [width, height] of [
    [320, 640],
    [1280, 800],
  ]) {
    await person.page.setViewportSize({ width, height });
    found.push(...(await faults(person.page)).map((fault) => `${name} ${width}: ${fault}`));
    await person.picture(`agenda-${name}-${width}`, { fullPage: true });
  }
  assert.deepEqual(found, []);
}

test('before a session there is a lobby: when, who, what to read, from where', async () => {
  const phone = await browsers.open(worker, { viewport: PHONE });
  const desk = await browsers.open(employer);
  const next = `/sessions/${sessions[1].id}`;
  for (const one of [phone, desk]) {
    await one.go(next);
    await one.connected();
    await one.see(one.page.locator('.lobby').getByRole('link', { name: 'Background paper' }));
    await countsTo(one, sessions[1].starts_at);
  }
  const link = desk.page.locator('.lobby').getByRole('link', { name: 'Background paper' });
  assert.equal(await link.getAttribute('href'), 'https://example.org/paper.pdf');
  assert.match(await link.getAttribute('rel'), /noopener noreferrer/);
  await phone.click(phone.page.locator('.lobby').getByRole('button', { name: phone.t('live.site.hall') }));
  await desk.see(desk.page.locator('.pres').getByText(desk.t('live.hall_n', { n: 1 })));
  await desk.see(desk.page.locator('.lobby').getByText(desk.t('live.present', { n: 2 })));
  await desk.see(desk.t('lobby.before'));
  await chair.api.post(`/sessions/${sessions[1].id}/state`, { state: 'lobby' });
  for (const one of [phone, desk]) await one.see(one.page.locator('.lobby').getByText(one.t('lobby.open')));
  await faultless(desk, 'lobby');
  await chair.api.post(`/sessions/${sessions[1].id}/state`, { state: 'scheduled' });
  for (const one of [phone, desk]) await one.close();
});

test('a clock that is ten minutes off counts as the server does', async () => {
  await chair.api.post(`/sessions/${sessions[0].id}/state`, { state: 'live' });
  const people = [
    [await browsers.open(employer), 0],
    [await browsers.open(worker, { viewport: PHONE }), 10],
    [await browsers.open(employer), -10],
    // A visitor has no live connection: HTTP alone says what time it is.
    [await browsers.open(), 10],
  ];
  for (const [one, minutes] of people) {
    await withClock(one, minutes);
    await one.go(`/rooms/${room.slug}${one.name === 'a visitor' ? '' : '/live'}`);
    await one.see(one.page.locator('.timer').getByText(one.t('live.left')));
    await countsTo(one, sessions[0].ends_at);
    const off = (await one.page.evaluate(() => Date.now())) - Date.now();
    assert.ok(Math.abs(off - minutes * MINUTE) < 5_000, `the clock is ${off} ms off`);
  }
  for (const [one] of people) await one.close();
});

test('we run late: a preview, a word, and everyone has the new agenda', async () => {
  const lead = await browsers.open(chair);
  const phone = await browsers.open(worker, { viewport: PHONE });
  const desk = await browsers.open(employer);
  const home = await browsers.open(employer);
  await lead.go(`/rooms/${room.slug}/live`);
  await phone.go(`/rooms/${room.slug}/live`);
  await desk.go(`/rooms/${room.slug}`);
  await home.go('/');
  for (const one of [lead, phone, desk, home]) await one.connected();
  // Now and next, for all.
  for (const one of [lead, phone]) await one.see(one.page.locator('.nextup').getByText(one.t('agenda.next')));
  for (const one of [desk, home]) await one.see(one.page.locator('.nextlive').getByText('What wages cost'));
  assert.equal(await desk.page.getByRole('button', { name: desk.t('delay.open') }).count(), 0);

  await lead.click(lead.button('delay.open'));
  const dialog = lead.page.getByRole('dialog');
  await dialog.getByLabel(lead.t('delay.minutes'), { exact: true }).fill('35');
  // The second talk gives twelve minutes; the rest runs into lunch, which never moves.
  const warning = lead.t('delay.warn.overlap', { before: 'What wages cost', title: 'Lunch', n: 23 });
  await lead.see(dialog.getByText(warning));
  await dialog.getByLabel(lead.t('delay.minutes'), { exact: true }).fill('12');
  await lead.gone(dialog.getByText(warning));
  const row = (title) => dialog.locator('.delay-list li', { hasText: title });
  await lead.see(row('What wages buy').getByText(`${clock(at(-20))}–${clock(at(52))}`));
  await lead.see(row('What wages cost').getByText(`${clock(at(52))}–${clock(at(70))}`));
  assert.equal(await row('Lunch').count(), 0);
  await faultless(lead, 'delay');
  // Nothing was told so far.
  assert.equal(await desk.page.locator('.late').count(), 0);
  await dialog.getByLabel(new RegExp(`^${lead.t('delay.reason')}`)).fill('The sound failed');
  await lead.click(lead.button('delay.confirm'));
  await lead.gone(dialog);

  for (const one of [lead, phone, desk, home]) {
    await one.see(one.page.locator('.late').filter({ hasText: one.t('agenda.late', { n: 12 }), visible: true }));
  }
  await desk.see('The sound failed');
  await desk.see(desk.page.locator('.agenda li', { hasText: 'What wages cost' }).getByText(clock(at(52))));
  await home.see(home.page.locator('.nextlive').getByText(clock(at(52)), { exact: false }));
  for (const one of [lead, phone]) await countsTo(one, at(52));
  await faultless(desk, 'room');

  // Caught up: the plan is there again.
  await lead.click(lead.button('delay.open'));
  await dialog.getByLabel(lead.t('delay.minutes'), { exact: true }).fill('-12');
  await lead.see(row('What wages buy').getByText(`${clock(at(-20))}–${clock(at(40))}`));
  await lead.click(lead.button('delay.confirm'));
  for (const one of [phone, desk]) await one.gone(one.page.locator('.late').filter({ visible: true }));
  for (const one of [lead, phone]) await countsTo(one, at(40));
  for (const one of [lead, phone, desk, home]) await one.close();
});

test('a member has a calendar of their own, and takes it away', async () => {
  const desk = await browsers.open(employer);
  await desk.go('/profile');
  await desk.click(desk.button('calendar.make'));
  const field = desk.field('calendar.address');
  await desk.see(field);
  const address = await field.inputValue();
  assert.ok(address.startsWith(`${url}/api/v1/calendar/`), address);
  const feed = await fetch(address);
  assert.equal(feed.headers.get('content-type'), 'text/calendar; charset=utf-8');
  const calendar = (await feed.text()).replaceAll('\r\n ', '');
  for (const one of sessions) assert.ok(calendar.includes(`UID:${one.id}\r\n`), calendar);
  await faultless(desk, 'profile');
  desk.page.once('dialog', (dialog) => void dialog.accept());
  await desk.click(desk.button('calendar.revoke'));
  await desk.see(desk.button('calendar.make'));
  assert.equal((await fetch(address)).status, 404);

  await desk.go(`/rooms/${room.slug}`);
  const [download] = await Promise.all([
    desk.page.waitForEvent('download'),
    desk.click(desk.link(desk.t('agenda.calendar'))),
  ]);
  assert.equal(download.suggestedFilename(), `${room.slug}.ics`);
  await desk.close();
});

test('the form of an agenda item knows kinds of time and links', async () => {
  const lead = await browsers.open(chair);
  await lead.go(`/rooms/${room.slug}/settings`);
  await lead.click(lead.button('agenda.edit_of', { title: 'Conclusions' }));
  const form = lead.page.locator('form', { has: lead.field('agenda.kind') });
  await lead.field('agenda.kind').selectOption('fixed');
  await lead.click(lead.button('material.add'));
  await lead.page.getByLabel(lead.t('material.title', { n: 1 }), { exact: true }).fill('Draft conclusions');
  const address = lead.page.getByLabel(lead.t('material.url', { n: 1 }), { exact: true });
  await address.fill('https://someone@example.org/draft');
  await lead.click(form.getByRole('button', { name: lead.t('action.save') }));
  await lead.see(lead.t('field.not_a_link'));
  await address.fill('https://example.org/draft');
  await faultless(lead, 'form');
  await lead.click(form.getByRole('button', { name: lead.t('action.save') }));
  await lead.see(lead.page.locator('.memrow', { hasText: 'Conclusions' }).getByText(lead.t('agenda.kind.fixed')));
  const saved = await chair.api.get(`/sessions/${sessions[3].id}`);
  assert.deepEqual(saved.materials, [{ title: 'Draft conclusions', url: 'https://example.org/draft' }]);
  assert.equal(saved.time_kind, 'fixed');
  assert.equal(saved.starts_at, sessions[3].starts_at);
  await lead.close();
});
