import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, test } from 'node:test';
import { openLine } from './support/line.js';
import { admin, member, PHONE, useBrowser } from './support/people.js';

const browsers = useBrowser();
let ann, ben, room, thread, line, here;

before(async () => {
  const ada = await admin();
  ann = await member(ada, 'Ann Away', 'workers', 'Dockers Union');
  ben = await member(ada, 'Ben Here', 'employers', 'Port Authority');
  room = await ada.post('/rooms', { title: 'A room at sea', kind: 'forum', visibility: 'members' });
});

beforeEach(async () => {
  thread = await ben.api.thread(room, 'Can you hear me?', 'The first words.');
  line = await openLine();
  here = await browsers.open(ann, { line, viewport: PHONE });
  await here.go(`/threads/${thread.id}`);
  await here.see('The first words.');
  await here.connected();
});
afterEach(() => line.close());

async function leave() {
  await here.context.setOffline(true);
  line.cut();
  await here.see(here.t('conn.offline_long'));
}

async function comeBack() {
  line.mend();
  await here.context.setOffline(false);
  await here.connected();
}

/** Everybody's words are there once: in the thread on the server, and on the page. */
async function once(words) {
  const bodies = (await ben.api.posts(thread)).map((post) => post.body_md);
  for (const one of words) {
    assert.deepEqual(
      bodies.filter((body) => body === one),
      [one],
      `on the server: “${one}”`,
    );
    await here.sees(1, here.page.getByText(one, { exact: true }));
  }
  assert.equal(new Set(bodies).size, bodies.length);
}

test('offline and back: nothing is missing, nothing is there twice', async () => {
  await leave();
  const others = ['Ben, while Ann is away, 1', 'Ben, while Ann is away, 2', 'Ben, while Ann is away, 3'];
  for (const words of others) await ben.api.say(thread, words);
  await here.write('Ann, written at sea');
  await here.see(here.page.locator('.pending', { hasText: 'Ann, written at sea' }));
  await here.see(here.t('pending.waiting'));
  await comeBack();
  await here.click(here.page.locator('.posbar button', { hasText: '+3' }));
  await here.see(here.post('Ann, written at sea'));
  await here.sees(0, here.page.locator('.pending'));
  await once(['The first words.', ...others, 'Ann, written at sea']);
  await here.close();
});

test('a line that breaks without a word from the browser', async () => {
  line.cut();
  await here.gone(here.page.locator('.conn.connected'));
  await ben.api.say(thread, 'Ben, into the silence');
  await here.write('Ann, into the silence');
  await here.see(here.t('pending.waiting'));
  line.mend();
  await here.click(here.page.locator('.posbar button', { hasText: '+1' }));
  await here.see(here.post('Ann, into the silence'));
  await once(['Ben, into the silence', 'Ann, into the silence']);
  await here.close();
});

test('an answer that got lost: the server has the post, the member sends it again', async () => {
  const lost = line.loseAnswer(/^POST \/api\/v1\/threads\/[^/]+\/posts /);
  await here.write('Ann, without an echo');
  assert.match(await lost, /^HTTP\/1\.1 201/);
  await here.see(here.post('Ann, without an echo'));
  await here.sees(0, here.page.locator('.pending'));
  await once(['Ann, without an echo']);
  // A fresh look shows the same.
  await here.page.reload();
  await once(['Ann, without an echo']);
  await here.close();
});

test('an answer that got lost, and then the network', async () => {
  const lost = line.loseAnswer(/^POST \/api\/v1\/threads\/[^/]+\/posts /, { last: true });
  await here.write('Ann, lost twice');
  await lost;
  await leave();
  await here.see(here.page.locator('.pending', { hasText: 'Ann, lost twice' }));
  await comeBack();
  await here.see(here.post('Ann, lost twice'));
  await once(['Ann, lost twice']);
  await here.close();
});

test('a page that is closed before the network returns', async () => {
  // Some seconds after it has connected, the page can be opened without a network.
  await here.page.evaluate(async () => {
    while (!(await caches.match('/'))) await new Promise((resolve) => setTimeout(resolve, 100));
  });
  await leave();
  await here.write('Ann, over a reload');
  await here.see(here.page.locator('.pending', { hasText: 'Ann, over a reload' }));
  await here.page.reload();
  await here.see(here.t('conn.offline_long'));
  await here.click(here.page.locator('.conn-out'));
  await here.see('Ann, over a reload');
  await here.page.goBack();
  await here.see(here.t('error.network'));
  await comeBack();
  await here.see(here.post('Ann, over a reload'));
  await here.sees(0, here.page.locator('.pending'));
  await once(['Ann, over a reload']);
  await here.close();
});

test('a text that is not sent yet stays in the editor', async () => {
  const form = here.page.locator('form.composer').last();
  await form.getByRole('textbox').fill('Half a thought');
  await here.page.reload();
  await here.see('The first words.');
  assert.equal(await form.getByRole('textbox').inputValue(), 'Half a thought');
  await here.close();
});
