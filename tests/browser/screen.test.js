// The screen in the hall and the remote control: paired by a code, shows what it is told, goes dark, says when it is old.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { PASSWORD } from './support/api.js';
import { faults } from './support/axe.js';
import { openLine } from './support/line.js';
import { admin, DESK, member, PHONE, url, useBrowser } from './support/people.js';

const browsers = useBrowser();
const HALL = { width: 1920, height: 1080 };
const OLD_HALL = { width: 1024, height: 768 };
let chair, worker, employer, room, session;
const inMinutes = (n) => new Date(Date.now() + n * 60_000).toISOString();

before(async () => {
  const ada = await admin();
  chair = await member(ada, 'Chidi Chair', 'un', 'ILO');
  worker = await member(ada, 'Wen Worker 温师傅', 'workers', '全国总工会');
  employer = await member(ada, 'Emma Employer', 'employers', 'Textile and Garment Industry Federation');
  room = await ada.post('/rooms', {
    title: 'Just transition in textile and garment · 纺织服装业公正转型',
    kind: 'workshop',
    visibility: 'members',
  });
  await ada.put(`/rooms/${room.id}/roles/${chair.me.id}`, { role: 'chair' });
  const item = (title, title_zh, from) =>
    chair.api.post(`/rooms/${room.id}/sessions`, {
      title,
      title_zh,
      organisation: 'ILO',
      starts_at: inMinutes(from),
      ends_at: inMinutes(from + 30),
    });
  session = await item('Introduction to the Just Transition Guidelines', '《公正转型指南》介绍', -5);
  await item('The role of social dialogue', '社会对话的作用', 25);
  await item('What small suppliers can afford', '小供应商的承受能力', 55);
  await chair.api.post(`/sessions/${session.id}/state`, { state: 'live' });
  await worker.api.say({ id: session.thread }, 'Who chooses the workers who are *retrained*, and can they appeal?');
});

const ask = (who) =>
  who.api.post(`/sessions/${session.id}/floor/requests`, { kind: 'contribution', client_id: randomUUID() });
const scene = (one, name) => one.page.locator(`.scr[data-scene=${name}]`);

/** No fault that a machine can find, nothing cut off, and pictures as the hall sees it. */
async function look(hall, name) {
  for (const [size, theme] of [
    [HALL, 'light'],
    [HALL, 'dark'],
    [OLD_HALL, 'light'],
  ]) {
    await hall.page.setViewportSize(size);
    await hall.page.emulateMedia({ colorScheme: theme });
    const state = `screen-${name}-${size.width}-${theme}`;
    // The sizes follow the window a moment later.
    await hall.page.waitForFunction(() => {
      const at = document.querySelector('.scr');
      const unit = Math.min(at.clientWidth, (at.clientHeight * 16) / 9) / 100;
      return Math.abs(Number.parseFloat(at.style.getPropertyValue('--u')) - unit) < 0.01;
    });
    await hall.picture(state);
    assert.deepEqual(await faults(hall.page), [], state);
    const cut = await hall.page.evaluate(() =>
      [document.scrollingElement, ...document.querySelectorAll('.scr, .scr-body')]
        .filter((one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)
        .map((one) => `${one.className}: ${one.scrollWidth}×${one.scrollHeight}`),
    );
    assert.deepEqual(cut, [], `${state} is cut off`);
  }
  await hall.page.setViewportSize(HALL);
  await hall.page.emulateMedia({ colorScheme: 'light' });
}

test('a screen is paired, shows what it is told, and goes dark', async () => {
  const line = await openLine();
  const hall = await browsers.open({ name: 'the screen' }, { viewport: HALL, line });
  const lead = await browsers.open(chair);
  await hall.go('/screen');
  const code = hall.page.getByTestId('screen-code');
  await hall.see(code);
  await look(hall, 'code');
  const digits = (await code.textContent()).trim();
  assert.match(digits, /^\d{3} \d{3}$/);

  await lead.go(`/rooms/${room.slug}/live`);
  await lead.connected();
  const remote = lead.page.locator('.scr-remote');
  await lead.see(remote.getByText('/screen'));
  await remote.getByLabel(lead.t('field.code'), { exact: true }).fill('000 00');
  await remote.getByLabel(lead.t('screen.name')).fill('The hall');
  await lead.click(lead.button('screen.pair'));
  await lead.see(remote.getByText(lead.t('field.invalid')));
  await remote.getByLabel(lead.t('field.code'), { exact: true }).fill(digits);
  await lead.click(lead.button('screen.pair'));
  await hall.see(scene(hall, 'blank'));
  assert.equal((await scene(hall, 'blank').textContent()).trim(), '', 'nothing is shown until somebody chooses');
  await lead.see(remote.getByText(lead.t('screen.connected')));

  // The floor, as it goes.
  await lead.click(lead.button('screen.scene.floor'));
  await hall.see(scene(hall, 'floor').getByText('等待发言'));
  await ask(worker);
  await ask(employer);
  await hall.see(scene(hall, 'floor').getByText(employer.name));
  await chair.api.post(`/sessions/${session.id}/floor/next`, {});
  await hall.see(hall.page.locator('.scr-now').getByText(worker.name));
  await hall.see(hall.page.locator('.scr-time').getByText(/^2:5\d$/));
  await hall.see(hall.page.locator('.scr-next').getByText(employer.name));
  await look(hall, 'floor');
  // The remote shows the same, small.
  await lead.see(remote.locator('.scr-now').getByText(worker.name));
  await lead.picture('screen-remote');
  assert.deepEqual(await faults(lead.page), [], 'remote');

  // Dark at once, by the keyboard.
  await lead.page.keyboard.press('Alt+b');
  await hall.see(scene(hall, 'blank'), 2_000);
  assert.equal((await scene(hall, 'blank').textContent()).trim(), '');
  await look(hall, 'blank');

  await lead.click(lead.button('screen.scene.agenda'));
  await hall.see(scene(hall, 'agenda').getByText('社会对话的作用'));
  await look(hall, 'agenda');

  await lead.click(remote.getByText(lead.t('screen.scene.message'), { exact: true }));
  await remote.getByLabel(lead.t('screen.en')).fill('Coffee is served in the foyer. We go on at 11 sharp.');
  await remote.getByLabel(lead.t('screen.zh')).fill('茶歇在前厅，十一点准时继续。');
  await lead.click(remote.locator('details[open]').getByRole('button', { name: lead.t('screen.show'), exact: true }));
  await hall.see(scene(hall, 'message').getByText('茶歇在前厅'));
  await look(hall, 'message');
  await lead.click(remote.getByText(lead.t('screen.scene.message'), { exact: true }));

  await lead.click(remote.locator('summary').getByText(lead.t('screen.scene.countdown'), { exact: true }));
  await remote.getByLabel(lead.t('screen.minutes')).fill('15');
  await lead.click(remote.locator('details[open]').getByRole('button', { name: lead.t('screen.show'), exact: true }));
  await hall.see(scene(hall, 'countdown').getByText(/^1[45]:\d\d$/));
  await look(hall, 'countdown');
  await lead.click(remote.locator('summary').getByText(lead.t('screen.scene.countdown'), { exact: true }));

  await lead.click(remote.getByText(lead.t('screen.contribution'), { exact: true }));
  await lead.click(remote.locator('details[open] li button').first());
  await hall.see(scene(hall, 'post').locator('em', { hasText: 'retrained' }));
  await look(hall, 'post');

  // The network is lost: the hall is told that what it sees may be old, and then what it missed.
  line.cut();
  const stale = hall.page.locator('.scr-stale.on');
  await hall.see(stale, 15_000);
  await hall.see(scene(hall, 'post'));
  await look(hall, 'stale');
  await lead.click(lead.button('screen.scene.welcome'));
  line.mend();
  await hall.gone(stale);
  await hall.see(scene(hall, 'welcome'));
  await hall.see(scene(hall, 'welcome').getByText('线上'));
  await look(hall, 'welcome');

  // Unpaired, it asks to be paired again.
  await lead.click(lead.button('screen.unpair', { name: 'The hall' }));
  await hall.see(code);
  assert.notEqual((await code.textContent()).trim(), digits);
  await lead.close();
  await hall.close();
  line.close();
});

test('the code on the screen leads into the live room, by way of signing in', async () => {
  const { join } = await chair.api.get(`/rooms/${room.id}/screen`);
  assert.match(join.code, /^[A-HJ-NP-Z2-9]{3} [A-HJ-NP-Z2-9]{3}$/);
  const phone = await browsers.open(null, { viewport: PHONE });
  await phone.page.goto(join.link.replace(/^https?:\/\/[^/]+/, url));
  await phone.field('field.email').fill(employer.email);
  await phone.field('field.password').fill(PASSWORD);
  await phone.click(phone.button('action.sign_in'));
  await phone.connected();
  await phone.page.waitForURL(`**/rooms/${room.slug}/live`);

  // Typed on the home page, in small letters.
  await phone.go('/');
  await phone.field('join.label').fill(join.code.toLowerCase());
  await phone.click(phone.button('join.button'));
  await phone.page.waitForURL(`**/rooms/${room.slug}/live`);
  await phone.go('/j/AAAAAA');
  await phone.see(phone.t('join.none'));
  await phone.picture('screen-join-none');
  assert.deepEqual(await faults(phone.page), []);
  await phone.page.setViewportSize(DESK);
  await phone.close();
});
