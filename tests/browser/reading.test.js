// Reading goes on where it was left: in a thread, in a list, after Back and after a reload, and on paper.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { PASSWORD } from './support/api.js';
import { admin, DESK, member, PHONE, useBrowser } from './support/people.js';

const browsers = useBrowser();
const BOTH = [
  ['desk', DESK],
  ['phone', PHONE],
];
let ada, writer, room;

before(async () => {
  ada = await admin();
  writer = await member(ada, 'Wilma Writer', 'employers', 'Paper Federation');
  room = await ada.post('/rooms', { title: 'A place to read', kind: 'forum', visibility: 'public' });
});

const words = (n) =>
  `Statement ${n}. ${'We would accept this if the shift plan is agreed before. '.repeat(1 + (n % 4))}`;

/** A thread of `n` posts, every third an answer to the one before it. */
async function longThread(title, n) {
  const thread = await writer.api.thread(room, title, words(1));
  const posts = [thread.first_post];
  for (let at = 2; at <= n; at += 1) {
    const more = at % 3 === 0 ? { parent_id: posts.at(-1).id } : {};
    posts.push(await writer.api.say(thread, words(at), more));
  }
  return { thread, posts };
}

/** Where a post or row stands in the window. */
const top = (person, anchor) =>
  person.page.locator(`[data-anchor="${anchor}"]`).evaluate((one) => one.getBoundingClientRect().top);

/** Waits until something holds in the page. */
async function until(what, holds, detail = null, patience = 20_000) {
  const end = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > end) assert.fail(`never: ${what} ${detail ? JSON.stringify(await detail()) : ''}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const firstSeen = (person) =>
  person.page.evaluate(() => {
    const line = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop);
    const all = [...document.querySelectorAll('[data-anchor]')];
    const found = all.find((one) => one.getBoundingClientRect().bottom > line);
    return { anchor: found.dataset.anchor, top: found.getBoundingClientRect().top, of: all.length };
  });

/** Keys and the head of the paper come a little later than the posts. */
const complete = (person) => person.page.locator('.print-head').waitFor({ state: 'attached' });

const position = (person) => person.page.locator('.posbar .pos b');

for (const [where, viewport] of BOTH) {
  for (const order of ['tree', 'seq']) {
    test(`a thread opens at the first unread post: ${where}, ${order}`, async () => {
      const reader = await member(ada, `Rita ${where} ${order}`, 'workers', 'Readers Union');
      const { thread, posts } = await longThread(`Long, ${where} ${order}`, 90);
      // By reply: all but what came last in the second half of the thread.
      const left = posts.slice(70);
      await reader.api.put(`/threads/${thread.id}/read`, { seen: posts.slice(0, 70).map((post) => post.seq) });
      const person = await browsers.open(reader, { viewport });
      await person.page.addInitScript(
        ([key, value]) => localStorage.setItem(key, value),
        [`plenary.order.${reader.me.id}`, order],
      );
      await person.go(`/threads/${thread.id}`);
      await person.see(person.t('thread.unread_here'));
      const first = `post-${left[0].seq}`;
      await until('the first unread post is on top', async () => {
        const at = await top(person, first);
        return at > 0 && at < viewport.height / 2;
      });
      assert.equal(await person.page.locator('#unread + .post-slot').getAttribute('data-anchor'), first);
      await person.see(person.page.locator('.posbar', { hasText: '/ 90' }));
      // What is on the screen counts as read, in this order too.
      await until('the server knows it', async () => (await reader.api.get(`/threads/${thread.id}`)).unread < 20);
      // The rest is read by scrolling to the end.
      await until('all is read', async () => {
        await person.page.mouse.wheel(0, 600);
        return (await reader.api.get(`/threads/${thread.id}`)).unread === 0;
      });
      await person.see(person.page.locator('.posbar', { hasText: '90 / 90' }));
      await person.gone(person.page.locator('.posbar .count'));
      await person.close();
    });
  }
}

test('jumps: to the newest, back to what was jumped over, to a number; what was jumped over stays unread', async () => {
  const reader = await member(ada, 'Jens Jumper', 'workers', 'Readers Union');
  const { thread, posts } = await longThread('Jumping about', 130);
  const person = await browsers.open(reader);
  await person.go(`/threads/${thread.id}`);
  await person.see(position(person));
  await person.click(person.page.locator('.posbar button', { hasText: person.t('thread.newest') }));
  await person.see(person.page.locator('.posbar', { hasText: '130 / 130' }));
  await person.see(`Statement 130.`);
  await until('the server knows what was seen', async () => {
    const { unread } = await reader.api.get(`/threads/${thread.id}`);
    return unread > 100 && unread < 130;
  });
  await complete(person);
  await person.page.keyboard.press('g');
  const dialog = person.page.getByRole('dialog');
  await dialog.getByRole('spinbutton').fill('64');
  await dialog.getByRole('button', { name: person.t('thread.go'), exact: true }).click();
  await until('post 64 is on top', async () => {
    const at = await top(person, `post-${posts[63].seq}`).catch(() => -1);
    return at > 0 && at < 400;
  });
  assert.equal(await person.page.evaluate(() => document.activeElement.id), `post-${posts[63].seq}`);
  await person.page.keyboard.press('u');
  await until('the first that was left out is on top', async () => {
    const { anchor } = await firstSeen(person);
    const seq = Number(anchor.slice('post-'.length));
    return seq > posts[0].seq && seq < posts[40].seq;
  });
  // The order that was chosen is that of the next thread, too.
  await person.click(person.button('thread.order.seq'));
  await person.page.reload();
  await person.see(position(person));
  assert.equal(await person.button('thread.order.seq').getAttribute('aria-pressed'), 'true');
  await person.close();
});

/** Waits until nothing has scrolled for thirty pictures: the wheel scrolls smoothly, and posts grow to their true height. */
const standsStill = (person) =>
  person.page.evaluate(
    () =>
      new Promise((resolve) => {
        let [was, still] = [scrollY, 0];
        const look = () => {
          still = scrollY === was ? still + 1 : 0;
          was = scrollY;
          if (still === 30) resolve(undefined);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
  );

for (const [where, viewport] of BOTH) {
  test(`Back and reload return to the place: ${where}`, async () => {
    const place = await ada.post('/rooms', { title: `Sixty threads, ${where}`, kind: 'forum', visibility: 'members' });
    const threads = [];
    for (let n = 0; n < 64; n += 1) threads.push(await writer.api.thread(place, `Topic ${n}`, 'Begin.'));
    const reader = await member(ada, `Bea Back ${where}`, 'workers', 'Readers Union');
    const person = await browsers.open(reader, { viewport });
    await person.go(`/rooms/${place.slug}`);
    await person.see(person.link('Topic 63'));
    await person.page.locator('.more button').click();
    const last = person.link('Topic 1');
    await last.scrollIntoViewIfNeeded();
    await until('the list stands', async () => (await firstSeen(person)).of === 64);
    const was = await firstSeen(person);
    const scrolled = await person.page.evaluate(() => scrollY);
    assert.ok(scrolled > 1000);
    const stands = async (what) => {
      await until(`${what}: the same row at the same height`, async () => {
        const now = await firstSeen(person).catch(() => ({}));
        return now.anchor === was.anchor && Math.abs(now.top - was.top) < 3 && now.of === was.of;
      });
    };
    // One thread moves up meanwhile.
    await person.click(last);
    await person.see('Begin.');
    await writer.api.say(threads[60], 'News');
    await person.page.goBack();
    await until('the reader sees what was seen', async () => {
      const now = await firstSeen(person).catch(() => ({}));
      return now.anchor === was.anchor && Math.abs(now.top - was.top) < 3;
    });
    await person.page.reload();
    await stands('after a reload');
    await person.page.goForward();
    await person.see('Begin.');
    await person.page.goBack();
    await stands('after Forward and Back');

    // In a thread, and through another page.
    const { thread } = await longThread(`To come back to, ${where}`, 60);
    await person.go(`/threads/${thread.id}`);
    await person.see('Statement 2.');
    for (let n = 0; n < 8; n += 1) await person.page.mouse.wheel(0, 400);
    await until('it has moved', async () => (await firstSeen(person)).anchor !== `post-${thread.first_post.seq}`);
    await standsStill(person);
    const post = await firstSeen(person);
    const same = async () => {
      const now = await firstSeen(person).catch(() => ({}));
      return now.anchor === post.anchor && Math.abs(now.top - post.top) < 3;
    };
    // A click by pointer could scroll on its way.
    await person.page.locator('.brand').evaluate((link) => link.click());
    await person.see(person.link(place.title));
    await person.page.goBack();
    const seen = async () => ({
      was: post,
      now: await firstSeen(person),
      y: await person.page.evaluate(() => scrollY),
    });
    await until('Back: the same post', same, seen);
    await person.page.reload();
    await until('reload: the same post', same, seen);
    await person.close();
  });
}

test('a thread that is read opens where the reader was', async () => {
  const reader = await member(ada, 'Rolf Returner', 'workers', 'Readers Union');
  const { thread, posts } = await longThread('Read before', 70);
  await reader.api.put(`/threads/${thread.id}/read`, { seq: posts.at(-1).seq });
  const person = await browsers.open(reader);
  await person.go(`/threads/${thread.id}?post=${posts[60].seq}`);
  await until('it is there', async () => (await top(person, `post-${posts[60].seq}`).catch(() => 999)) < 300);
  await until('the bar says so', async () => (await position(person).textContent()).startsWith('61 '));
  // Whoever stays a while is there; scrolling up to the way out is passing by.
  await person.page.waitForTimeout(2_000);
  await person.page.locator('.crumbs a').last().click();
  await person.click(person.link(thread.title));
  const again = async () => Math.abs((await top(person, `post-${posts[60].seq}`).catch(() => 999)) - 116) < 20;
  await until('it is there again', again, async () => ({
    now: await firstSeen(person),
    wanted: posts[60].seq,
    top: await top(person, `post-${posts[60].seq}`).catch(String),
    kept: await person.page.evaluate((id) => localStorage.getItem(id), `plenary.read.${reader.me.id}`),
  }));
  await person.close();
});

test('one’s own posts are never unread, without a name and in another window too', async () => {
  const reader = await member(ada, 'Olga Own', 'workers', 'Readers Union');
  const thread = await writer.api.thread(room, 'Who said this?', 'Guess.');
  await reader.api.put(`/threads/${thread.id}/read`, { seq: thread.first_post.seq });
  const person = await browsers.open(reader);
  await person.go(`/rooms/${room.slug}`);
  const row = person.page.locator('li.thread', { hasText: thread.title });
  await person.see(row);
  await person.connected();
  for (const attribution of ['organisation', 'constituency'])
    await reader.api.say(thread, `As ${attribution}`, { attribution });
  await writer.api.say(thread, 'By somebody else');
  await person.see(row.locator('.count', { hasText: /^\D*1$/ }));
  await person.close();
});

test('a thread that moves up from a page further down is told, and comes on top', async () => {
  const place = await ada.post('/rooms', { title: 'It moves', kind: 'forum', visibility: 'members' });
  const threads = [];
  for (let n = 0; n < 55; n += 1) threads.push(await writer.api.thread(place, `Row ${n}`, 'Begin.'));
  const reader = await member(ada, 'Lena List', 'workers', 'Readers Union');
  const person = await browsers.open(reader);
  await person.go(`/rooms/${place.slug}`);
  await person.see(person.link('Row 54'));
  await person.connected();
  await writer.api.say(threads[0], 'Up');
  await person.see(person.button('room.arrived', { n: 1 }));
  await person.page.locator('.more button').click();
  await person.sees(55, person.page.locator('li.thread'));
  await person.click(person.button('room.arrived', { n: 1 }));
  await until('it is on top', async () =>
    (await person.page.locator('li.thread').first().textContent()).includes('Row 0'),
  );
  await person.close();
});

test('a visitor of a public thread hears of changes, and a hidden text goes', async () => {
  const thread = await writer.api.thread(room, 'Open to all', 'A telephone number: 079 123');
  const visitor = await browsers.open();
  await visitor.go(`/threads/${thread.id}`);
  await visitor.see('079 123');
  await visitor.connected();
  await writer.api.say(thread, 'Another word');
  await visitor.click(visitor.page.locator('.posbar button', { hasText: '+1' }));
  await visitor.see('Another word');
  await ada.put(`/posts/${thread.first_post.id}/hidden`, { reason: 'personal_data', note: 'A number' });
  await visitor.gone(visitor.page.getByText('079 123'));
  // Signing in makes of the guest a member.
  const link = visitor.page.locator('.topbar a.btn');
  assert.equal(decodeURIComponent((await link.getAttribute('href')).split('next=')[1]), `/threads/${thread.id}`);
  await visitor.close();
});

test('permalinks survive signing in, and a page that is not open says what to do', async () => {
  const reader = await member(ada, 'Petra Permalink', 'workers', 'Readers Union');
  const closed = await ada.post('/rooms', { title: 'Members only', kind: 'forum', visibility: 'members' });
  const hidden = await writer.api.thread(closed, 'Not for all', 'A secret.');
  for (let n = 0; n < 60; n += 1) await writer.api.say(hidden, words(n));
  const posts = await writer.api.posts(hidden);
  const nowhere = randomUUID();
  const visitor = await browsers.open();
  const shown = [];
  for (const id of [hidden.id, nowhere]) {
    await visitor.go(`/threads/${id}?post=${posts[50].seq}#here`);
    await visitor.see(visitor.t('notfound.closed_title'));
    shown.push(await visitor.page.locator('main').innerText());
  }
  assert.equal(shown[0], shown[1], 'whether it exists is not told');
  await visitor.go(`/threads/${hidden.id}?post=${posts[50].seq}#here`);
  await visitor.click(visitor.page.locator('main .btn.primary'));
  await visitor.field('field.email').fill(reader.email);
  await visitor.field('field.password').fill(PASSWORD);
  await visitor.page.keyboard.press('Enter');
  await until('the post is there', async () => {
    const at = await top(visitor, `post-${posts[50].seq}`).catch(() => -1);
    return at > 0 && at < 400;
  });
  assert.match(visitor.page.url(), new RegExp(`\\?post=${posts[50].seq}#here$`));
  await visitor.connected();
  await visitor.close();
});

test('an invitation that was used says so first, and a member goes home', async () => {
  const { token } = await ada.post('/invitations', { constituency: 'workers', organisation: 'Readers Union' });
  const guest = ada.anonymous();
  await guest.post('/register', {
    email: `invited-${process.pid}@example.org`,
    password: PASSWORD,
    display_name: 'Ivo Invited',
    constituency: 'workers',
    organisation: 'Readers Union',
    locale: 'en',
    invitation: token,
  });
  for (const [, viewport] of BOTH) {
    const visitor = await browsers.open(null, { viewport });
    await visitor.go(`/register?invitation=${token}`);
    await visitor.see(visitor.t('error.invitation_invalid'));
    await visitor.sees(0, visitor.page.locator('form'));
    const button = visitor.page.locator('main a.btn.primary');
    assert.ok((await button.boundingBox()).y < viewport.height - 100, 'without scrolling');
    assert.equal(await button.getAttribute('href'), '/sign-in');
    await visitor.close();
  }
  const inside = await browsers.open(writer);
  await inside.go(`/register?invitation=${token}`);
  await inside.see(inside.link(room.title));
  await inside.close();
});

test('long words, wide tables and deep quotations keep to their place', async () => {
  const place = await ada.post('/rooms', { title: 'Narrow', kind: 'forum', visibility: 'members' });
  const names = [
    'https://www.ilo.org/wcmsp5/groups/public/ed_dialogue/documents/publication/wcms_848633.pdf',
    'Arbeitnehmerüberlassungsgesetzänderungsvorschlagsentwurf',
    'x'.repeat(160),
    '劳动'.repeat(60),
    'Words that\u00a0are\u00a0held\u00a0together\u00a0by\u00a0blanks\u00a0from\u00a0a\u00a0text\u00a0processor',
  ];
  for (const name of names) await writer.api.thread(place, name, 'Begin.');
  const long = await member(ada, 'N'.repeat(76), 'workers', 'O'.repeat(100));
  await long.api.thread(place, 'By somebody with a long name', 'Begin.');
  const table = (cells) =>
    `| ${cells.join(' | ')} |\n| ${cells.map(() => '---').join(' | ')} |\n| ${cells.join(' | ')} |`;
  const wide = table(['Construction', 'Hours', 'seasonal', 'Manufacturing', 'Agriculture']);
  const han = table(Array.from({ length: 12 }, (_, n) => `第${n}季度工资`));
  const deep = `${'> '.repeat(12)}Deep down in a quotation of a quotation`;
  const lists = Array.from({ length: 10 }, (_, n) => `${'    '.repeat(n)}- Point ${n} of a list`).join('\n');
  const thread = await long.api.thread(place, names[0], [wide, han, deep, lists, 'y'.repeat(300)].join('\n\n'));
  for (const width of [320, 390, 1280]) {
    const person = await browsers.open(writer, { viewport: { width, height: 800 } });
    for (const path of [`/rooms/${place.slug}`, `/threads/${thread.id}`]) {
      await person.go(path);
      await person.see(path.startsWith('/rooms') ? 'By somebody with a long name' : 'Point 9 of a list');
      const over = await person.page.evaluate(
        () => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth,
      );
      assert.ok(over <= 0, `${path} at ${width}: ${over} px too wide`);
      const out = await person.page.evaluate(() =>
        [...document.querySelectorAll('.who b, .who .org, h1, h3')]
          .filter(
            (one) => one.getBoundingClientRect().right > one.closest('.panel, .head')?.getBoundingClientRect().right,
          )
          .map((one) => one.textContent),
      );
      assert.deepEqual(out, [], `${path} at ${width}: runs out of its place`);
    }
    const found = await person.page.evaluate(() => {
      const lines = (element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
      };
      const cells = [...document.querySelectorAll('.body table:first-of-type th')];
      const quote = [...document.querySelectorAll('.body blockquote p')].at(-1);
      const item = [...document.querySelectorAll('.body li')].at(-1);
      return {
        cut: cells.filter((cell) => lines(cell) > 1).map((cell) => cell.textContent),
        quote: quote.clientWidth,
        item: item.clientWidth,
        body: quote.closest('.body').clientWidth,
      };
    });
    assert.deepEqual(found.cut, [], `words cut at ${width}`);
    assert.ok(found.quote > found.body * 0.6, JSON.stringify(found));
    assert.ok(found.item > found.body * 0.5, JSON.stringify(found));
    await person.picture(`narrow-thread-${width}`, { fullPage: true });
    await person.go(`/rooms/${place.slug}`);
    await person.see('By somebody with a long name');
    await person.picture(`narrow-room-${width}`, { fullPage: true });
    await person.close();
  }
});

test('from post to post by single keys, with few stops of Tab, which can be switched off', async () => {
  const { thread, posts } = await longThread('By key', 12);
  const reader = await member(ada, 'Karl Keys', 'workers', 'Readers Union');
  const person = await browsers.open(reader);
  await person.go(`/threads/${thread.id}`);
  await person.see(position(person));
  await complete(person);
  const { keyboard } = person.page;
  const focused = () => person.page.evaluate(() => document.activeElement.id);
  const ordered = await person.page.$$eval('article', (all) => all.map((one) => one.id));
  await keyboard.press('j');
  assert.equal(await focused(), ordered[0]);
  await keyboard.press('j');
  await keyboard.press('j');
  assert.equal(await focused(), ordered[2]);
  await keyboard.press('k');
  assert.equal(await focused(), ordered[1]);
  // Stops from one post to the next.
  let stops = 0;
  do {
    await keyboard.press('Tab');
    stops += 1;
  } while (await person.page.evaluate((id) => document.activeElement.closest('article')?.id === id, ordered[1]));
  assert.ok(stops <= 3, `${stops} stops of Tab a post`);
  await keyboard.press('k');
  await keyboard.press('r');
  await person.see(person.page.getByRole('textbox', { name: person.t('composer.reply') }));
  await keyboard.type('jj');
  assert.equal(await person.page.getByRole('textbox', { name: person.t('composer.reply') }).inputValue(), 'jj');
  await keyboard.press('Control+Enter');
  // The box stays for what is written next; Escape leaves it, and the focus is where one was.
  await until(
    'the box is empty',
    async () => (await person.page.getByRole('textbox', { name: person.t('composer.reply') }).inputValue()) === '',
  );
  await keyboard.press('Escape');
  await until('the focus is in the thread', async () => /^post-/.test(await focused()));
  await person.see(person.post('jj').last());

  await keyboard.press('?');
  const dialog = person.page.getByRole('dialog');
  await dialog.getByRole('checkbox').uncheck();
  await keyboard.press('Escape');
  await person.gone(dialog);
  await person.page.locator(`#post-${posts[0].seq}`).focus();
  await keyboard.press('j');
  assert.equal(await focused(), `post-${posts[0].seq}`);
  await person.close();
});

test('on paper: tallies by constituency, full dates, numbers, where it came from and when, and no controls', async () => {
  const { thread, posts } = await longThread('To be printed', 8);
  const reader = await member(ada, 'Pia Paper', 'workers', 'Readers Union');
  await reader.api.put(`/posts/${posts[0].id}/reactions/agree`);
  await writer.api.put(`/posts/${posts[0].id}/reactions/disagree`);
  for (const locale of ['en', 'zh']) {
    await reader.api.patch('/me', { locale });
    const person = await browsers.open(reader, { locale });
    await person.go(`/threads/${thread.id}`);
    await person.see('Statement 8.');
    await person.page.emulateMedia({ media: 'print' });
    const head = person.page.locator('.print-head');
    const origin = new URL(person.page.url()).origin;
    await person.see(head.getByText(`${origin}/threads/${thread.id}`));
    await person.see(head.getByText(person.t('print.range', { from: 1, to: 8, total: 8 })));
    await person.see(head.getByText('Asia/Shanghai'));
    const first = person.page.locator(`#post-${posts[0].seq}`);
    await person.see(first.locator('.bd li').first());
    await person.sees(2, first.locator('.bd li'));
    await person.see(first.getByText('#1', { exact: true }));
    const year = String(new Date(posts[0].created_at).getFullYear());
    assert.match(await first.locator('.post-head').innerText(), new RegExp(year));
    for (const control of [
      'button',
      '.posbar',
      '.unread-line',
      '.chip.new',
      'textarea',
      '.topbar',
      'select',
      '.s-only',
    ])
      for (const one of await person.page.locator(`#main ${control}, header${control}`).all())
        assert.ok(!(await one.isVisible()), `${control} is printed: ${await one.innerText()}`);
    await person.picture(`print-${locale}`, { fullPage: true });
    await person.close();
  }
});

test('a locked thread says why, slow mode is announced, a copied link is confirmed, versions are readable', async () => {
  const reader = await member(ada, 'Nora Notes', 'workers', 'Readers Union');
  const place = await ada.post('/rooms', {
    title: 'With notes',
    kind: 'forum',
    visibility: 'members',
    description: 'About **pay**.\n\nSecond line.',
  });
  const thread = await reader.api.thread(place, 'To be locked', 'It was *so*.');
  await reader.api.patch(`/posts/${thread.first_post.id}`, { body: 'It was **otherwise**.', revision: 1 });
  await ada.put(`/rooms/${place.slug}/slow-mode`, { seconds: 45, reason: 'other', note: 'Calmly' });
  const person = await browsers.open(reader);
  await person.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await person.go(`/threads/${thread.id}`);
  await person.see(person.t('thread.slow', { n: 45 }));
  await person.page.locator('article').first().hover();
  await person.click(person.page.locator('article .menu > button').first());
  await person.click(person.button('post.copy_link'));
  await person.see(person.page.locator('article').getByText(person.t('post.link_copied')));
  assert.match(await person.page.evaluate(() => navigator.clipboard.readText()), /\/threads\/[0-9a-f-]+\?post=\d+$/);
  await person.click(person.button('post.edited'));
  const dialog = person.page.getByRole('dialog');
  await person.see(dialog.locator('strong', { hasText: 'otherwise' }));
  await person.see(dialog.locator('em', { hasText: 'so' }));
  await person.page.keyboard.press('Escape');
  await ada.put(`/threads/${thread.id}/lock`, { reason: 'other', note: 'It is decided' });
  await person.see('It is decided');
  await person.see(person.page.locator('main .note a', { hasText: person.t('room.moderation_log') }));
  await person.go(`/rooms/${place.slug}`);
  await person.see(person.page.locator('.head strong', { hasText: 'pay' }));
  await person.close();
});
