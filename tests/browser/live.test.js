import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { admin, member, PHONE, useBrowser } from './support/people.js';

const browsers = useBrowser();
let chair, worker, employer, room, session;
const inMinutes = (n) => new Date(Date.now() + n * 60_000).toISOString();

before(async () => {
  const ada = await admin();
  chair = await member(ada, 'Chidi Chair', 'un', 'ILO');
  worker = await member(ada, 'Wen Worker', 'workers', '全国总工会', { locale: 'zh' });
  employer = await member(ada, 'Emma Employer', 'employers', 'Textile Federation');
  room = await ada.post('/rooms', { title: 'Living wages', kind: 'workshop', visibility: 'members' });
  await ada.put(`/rooms/${room.id}/roles/${chair.me.id}`, { role: 'chair' });
  const item = (title, title_zh, from, to) => ({
    title,
    title_zh,
    organisation: 'ILO',
    starts_at: inMinutes(from),
    ends_at: inMinutes(to),
  });
  session = await chair.api.post(
    `/rooms/${room.id}/sessions`,
    item('Living wages in practice', '生活工资的实践', 5, 65),
  );
  await chair.api.post(`/rooms/${room.id}/sessions`, item('Next steps', '下一步', 70, 100));
});

/** The reads that a page makes, as paths. */
function readsOf(person) {
  const reads = [];
  person.page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === 'GET' && pathname.startsWith('/api/v1/')) reads.push(pathname.slice('/api/v1'.length));
  });
  return reads;
}

test('the page of a session makes few requests, and none because of what happens', async (context) => {
  const talk = await chair.api.post(`/rooms/${room.id}/sessions`, {
    title: 'A quiet hour',
    title_zh: '安静的一小时',
    organisation: 'ILO',
    starts_at: inMinutes(200),
    ends_at: inMinutes(260),
  });
  await chair.api.post(`/sessions/${talk.id}/state`, { state: 'live' });
  await employer.api.say(talk.thread, 'Said before anybody looked');
  const chatting = (one) => one.page.locator('#panel-chat');
  for (const path of [`/sessions/${talk.id}`, `/rooms/${room.slug}/live`]) {
    const guest = await browsers.open(worker);
    const reads = readsOf(guest);
    await guest.go(path);
    await guest.see(chatting(guest).getByText('Said before anybody looked'));
    await guest.see(guest.page.locator('#panel-agenda').getByText(talk.title_zh));
    context.diagnostic(`${path}: ${reads.join(' ')}`);
    assert.ok(reads.length > 0 && reads.length <= 4, `${reads.length} requests before the first sight`);
    await guest.see(guest.page.locator('.pres').getByText(guest.t('live.online_n', { n: 1 })));
    const before = reads.length;

    // A poll, a question, the chat, the agenda, the floor: all of it comes by itself.
    const poll = await chair.api.post(`/sessions/${talk.id}/polls`, {
      kind: 'single',
      question: { en: 'Is it quiet?', zh: '安静吗？' },
      options: [
        { en: 'Yes', zh: '是' },
        { en: 'No', zh: '否' },
      ],
    });
    await chair.api.post(`/polls/${poll.id}/open`);
    await guest.see(guest.page.locator('#panel-polls').getByRole('radio').first());
    await employer.api.post(`/sessions/${talk.id}/questions`, {
      body: `Who asks, at ${path}?`,
      lang: 'en',
      client_id: crypto.randomUUID(),
    });
    await guest.see(`Who asks, at ${path}?`);
    await employer.api.say(talk.thread, `Heard at ${path}`);
    await guest.see(chatting(guest).getByText(`Heard at ${path}`));
    await chair.api.post(`/sessions/${talk.id}/state`, { state: 'paused' });
    await guest.see(guest.page.locator('.now-meta').getByText(guest.t('session.paused')));
    await chair.api.post(`/sessions/${talk.id}/state`, { state: 'live' });
    await guest.see(guest.page.locator('.now-meta').getByText(guest.t('session.live')));
    // The list of rooms, for the bar above, comes some time after the page.
    assert.deepEqual(
      reads.slice(before).filter((one) => one !== '/rooms'),
      [],
      'no event makes a request',
    );
    await chair.api.post(`/polls/${poll.id}/cancel`, { reason: 'It was a test.' });
    await guest.close();
  }
  await chair.api.post(`/sessions/${talk.id}/state`, { state: 'ended' });
});

test('a busy server is waited for, and the page says so', async () => {
  const guest = await browsers.open(employer);
  let busy = 2;
  await guest.page.route(/\/api\/v1\/(me|sessions\/[^/]+\/snapshot)$/, (route) =>
    busy-- > 0
      ? route.fulfill({ status: 503, headers: { 'Retry-After': '1' }, json: { error: { code: 'busy', message: '' } } })
      : route.continue(),
  );
  await guest.go(`/sessions/${session.id}`);
  await guest.see(guest.t('conn.busy'));
  await guest.see(guest.page.getByRole('heading', { level: 1, name: session.title }));
  await guest.sees(0, guest.page.getByText(guest.t('conn.busy')));
  busy = 1;
  await guest.page.reload();
  await guest.see(guest.t('conn.busy'));
  await guest.see(guest.page.locator('#panel-chat').getByRole('textbox'));
  await guest.close();
});

test('a session goes live, its chat flows, and who is here is shown by constituency', async () => {
  const lead = await browsers.open(chair);
  const phone = await browsers.open(worker, { viewport: PHONE });
  const desk = await browsers.open(employer);
  for (const one of [lead, phone, desk]) {
    await one.go(`/rooms/${room.slug}/live`);
    await one.see(
      one.page.getByRole('heading', { level: 1, name: one.locale === 'zh' ? session.title_zh : session.title }),
    );
    await one.connected();
  }
  // It fills the window: only lists scroll.
  for (const one of [lead, phone, desk]) {
    const beyond = await one.page.evaluate(() => document.scrollingElement.scrollHeight - innerHeight);
    assert.ok(beyond <= 0, `${one.name}: the page is ${beyond} px too long`);
  }
  // Controls are there for the chair alone.
  assert.equal(await desk.page.getByText(desk.t('control.title')).count(), 0);

  const state = (one) => one.page.locator('.now-meta');
  await lead.click(lead.button('control.lobby'));
  for (const one of [phone, desk]) await one.see(state(one).getByText(one.t('session.lobby')));
  await lead.click(lead.button('control.start'));
  for (const one of [lead, phone, desk]) await one.see(state(one).getByText(one.t('session.live')));

  // Talk, both ways, in two languages, at once.
  const say = async (one, words) => {
    await one.page.getByRole('textbox', { name: one.t('composer.message') }).fill(words);
    await one.click(one.button('action.send'));
  };
  await say(desk, 'What does a family need in your region?');
  for (const one of [lead, phone]) await one.see('What does a family need in your region?');
  await say(phone, '每月四千元，不算房租。');
  for (const one of [lead, desk]) await one.see('每月四千元，不算房租。');

  // Where they follow from.
  await phone.click(phone.page.getByRole('tab', { name: phone.t('live.tab.people') }));
  await phone.click(phone.button('live.site.hall'));
  for (const one of [lead, desk]) {
    await one.see(one.page.locator('.pres').getByText(one.t('live.hall_n', { n: 1 })));
    await one.see(one.page.locator('.pres').getByText(one.t('live.online_n', { n: 2 })));
  }
  const { constituencies } = await chair.api.get('/installation');
  const name = (id) => constituencies.find((c) => c.id === id).name;
  const people = lead.page.locator('#panel-people .tally');
  for (const id of ['workers', 'employers', 'un']) {
    await lead.see(people.locator('span:not(.zero)', { hasText: name(id).en }).filter({ hasText: '1' }));
  }
  await lead.see(people.locator('span.zero', { hasText: name('government').en }));

  // Whoever leaves is no longer counted.
  await phone.page.goto('about:blank');
  await lead.see(lead.page.locator('.pres').getByText(lead.t('live.hall_n', { n: 0 })));

  await lead.click(lead.button('control.pause'));
  await desk.see(state(desk).getByText(desk.t('session.paused')));
  lead.page.once('dialog', (dialog) => void dialog.accept());
  await lead.click(lead.button('control.end'));
  await desk.see(state(desk).getByText(desk.t('session.ended')));
  for (const one of [lead, phone, desk]) await one.close();
});

test('another screen learns that a session is live', async () => {
  const home = await browsers.open(employer);
  await home.go('/');
  await home.see(home.link(room.title));
  const next = (await chair.api.get(`/rooms/${room.id}/sessions`)).items.find((one) => one.title === 'Next steps');
  await home.connected();
  await chair.api.post(`/sessions/${next.id}/state`, { state: 'live' });
  await home.see(home.page.getByRole('heading', { name: 'Next steps' }));
  const card = home.page.getByRole('region', { name: 'Next steps' });
  await home.click(card.getByRole('link', { name: home.t('action.join_session') }));
  await home.see(home.page.getByRole('heading', { level: 1, name: 'Next steps' }));
  await home.close();
});
