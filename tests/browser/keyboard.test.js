// The whole way by keyboard alone, and writing Chinese.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { PASSWORD } from './support/api.js';
import { admin, DESK, member, useBrowser } from './support/people.js';

const browsers = useBrowser();
let worker, room, thread;

before(async () => {
  const ada = await admin();
  worker = await member(ada, 'Kim Keys', 'workers', 'Typists Union');
  room = await ada.post('/rooms', { title: 'By keyboard', kind: 'forum', visibility: 'members' });
  thread = await ada.thread(room, 'Can you get here without a mouse?', 'Tell us how.');
});

/** Presses Tab until this has the focus; everything on the way must show that it has it. */
async function tabTo(person, wanted, most = 60) {
  const seen = [];
  for (let n = 0; n < most; n += 1) {
    await person.page.keyboard.press('Tab');
    const at = await person.page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const middle = document.elementFromPoint(
        Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1),
        Math.min(Math.max(box.top + Math.min(box.height / 2, 40), 0), innerHeight - 1),
      );
      return {
        name: `${element.tagName.toLowerCase()}.${element.className} “${(element.ariaLabel ?? element.textContent).trim().slice(0, 40)}”`,
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        covered: element !== document.body && !(middle && (element.contains(middle) || middle.contains(element))),
      };
    });
    seen.push(at.name);
    assert.ok(at.outline >= 2, `${person.page.url()}: no focus ring on ${at.name}`);
    assert.ok(!at.covered, `${person.page.url()}: the focus is covered on ${at.name}`);
    if (await wanted.evaluate((element) => element === document.activeElement).catch(() => false)) return;
  }
  throw new Error(`${person.page.url()}: ${wanted} cannot be reached by Tab; on the way: ${seen.join(' → ')}`);
}

test('from signing in to a reply by keyboard alone', async () => {
  const person = await browsers.open(null);
  await person.go('/');
  const { keyboard } = person.page;
  await person.see(person.page.getByRole('heading', { name: person.t('signin.title') }));
  await tabTo(person, person.field('field.email'));
  await keyboard.type(worker.email);
  await tabTo(person, person.field('field.password'));
  await keyboard.type(PASSWORD);
  await keyboard.press('Enter');

  await person.see(person.link(room.title));
  await tabTo(person, person.link(room.title));
  await keyboard.press('Enter');
  await person.see(person.link(thread.title));
  await tabTo(person, person.link(thread.title));
  await keyboard.press('Enter');
  await person.see('Tell us how.');
  // The keyboard is in the new page, not where the old one was.
  assert.equal(await person.page.evaluate(() => document.activeElement.id), 'main');

  const post = person.post('Tell us how.');
  // The buttons of a post are one stop, with the arrows between them.
  await person.page.locator('.print-head').waitFor({ state: 'attached' });
  await tabTo(person, post.getByRole('button', { name: person.t('reaction.agree'), exact: true }));
  await keyboard.press('End');
  await keyboard.press('Enter');
  await person.see(person.button('post.copy_link'));
  await keyboard.press('ArrowDown');
  assert.ok(await person.button('post.copy_link').evaluate((one) => one === document.activeElement));
  await keyboard.press('Escape');
  await person.gone(person.button('post.copy_link'));

  await person.page.evaluate(() => document.getElementById('main').focus());
  await tabTo(person, post.getByRole('button', { name: person.t('post.more', { who: 'Ada Administrator' }) }));
  await keyboard.press('ArrowLeft');
  await keyboard.press('ArrowLeft');
  await keyboard.press('Enter');
  const editor = person.page.getByRole('textbox', { name: person.t('composer.reply') });
  await person.see(editor);
  assert.ok(await editor.evaluate((one) => one === document.activeElement), 'the editor has the focus');
  await keyboard.type('With Tab and ');
  await keyboard.press('Enter');
  await keyboard.type('with Enter.');
  await keyboard.press('Control+Enter');
  await person.see(person.post('with Enter.').last());
  const posts = await worker.api.posts(thread);
  assert.equal(posts.at(-1).body_md, 'With Tab and \nwith Enter.');
  assert.equal(posts.at(-1).parent_id, thread.first_post.id);
  await person.close();
});

test('the skip link leads past the top bar', async () => {
  const person = await browsers.open(worker);
  await person.go(`/threads/${thread.id}`);
  await person.see('Tell us how.');
  await person.page.keyboard.press('Tab');
  assert.equal(await person.page.evaluate(() => document.activeElement.textContent), person.t('nav.skip'));
  await person.page.keyboard.press('Enter');
  await tabTo(person, person.page.locator('main a').first(), 1);
  await person.close();
});

test('a dialog keeps the keyboard and gives it back', async () => {
  const ada = await admin();
  await ada.put(`/rooms/${room.id}/roles/${worker.me.id}`, { role: 'moderator' });
  const person = await browsers.open(worker);
  await person.go(`/threads/${thread.id}`);
  const menu = person.post('Tell us how.').first().locator('.menu > button');
  await menu.focus();
  await person.page.keyboard.press('Enter');
  await person.see(person.button('post.hide'));
  await person.button('post.hide').focus();
  await person.page.keyboard.press('Enter');
  const dialog = person.page.getByRole('dialog');
  await person.see(dialog);
  for (let n = 0; n < 8; n += 1) {
    await person.page.keyboard.press('Tab');
    assert.ok(
      await person.page.evaluate(() => {
        const at = document.activeElement;
        // Between the last and the first field the browser itself has the focus.
        return at === document.body || at.closest('dialog') !== null;
      }),
    );
  }
  await person.page.keyboard.press('Escape');
  await person.gone(dialog);
  assert.ok(await menu.evaluate((one) => one === document.activeElement), 'the focus is back on the menu');
  await person.close();
});

for (const where of ['thread', 'chat']) {
  test(`choosing a Chinese word with Enter sends nothing: ${where}`, async () => {
    const ada = await admin();
    const writer = await member(ada, `输入者 ${where}`, 'workers', '工会', { locale: 'zh' });
    let id = thread.id;
    let path = `/threads/${id}`;
    if (where === 'chat') {
      const workshop = await ada.post('/rooms', { title: 'Input', kind: 'workshop', visibility: 'members' });
      const [starts_at, ends_at] = [60_000, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString());
      const fields = { title: 'Talk', organisation: 'ILO', starts_at, ends_at };
      id = (await ada.post(`/rooms/${workshop.id}/sessions`, fields)).thread;
      path = `/rooms/${workshop.id}/live`;
    }
    const bodies = async () => (await writer.api.posts({ id })).map((post) => post.body_md);
    const before = await bodies();
    const person = await browsers.open(writer, { viewport: DESK });
    await person.go(path);
    const editor = person.page.getByRole('textbox', { name: person.t('composer.message') });
    await editor.focus();
    const input = await person.context.newCDPSession(person.page);
    // As an input method does it: the keys are 229 while a word is being composed.
    const key = async (modifiers) => {
      const press = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229, modifiers };
      await input.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...press });
      await input.send('Input.dispatchKeyEvent', { type: 'keyUp', ...press });
    };
    await person.page.evaluate(() => {
      window.composed = [];
      for (const kind of ['compositionstart', 'compositionend', 'keydown'])
        document.addEventListener(kind, (event) => window.composed.push([kind, event.isComposing ?? null]), true);
    });
    await input.send('Input.imeSetComposition', { text: 'tongyi', selectionStart: 6, selectionEnd: 6 });
    await key(0);
    await key(2);
    assert.equal(await editor.inputValue(), 'tongyi');
    await input.send('Input.insertText', { text: '同意' });
    assert.equal(await editor.inputValue(), '同意');
    const events = await person.page.evaluate(() => window.composed);
    assert.equal(events[0][0], 'compositionstart');
    assert.ok(events.some(([kind, composing]) => kind === 'keydown' && composing));
    assert.ok(events.some(([kind]) => kind === 'compositionend'));
    assert.deepEqual(await bodies(), before, 'nothing was sent');
    assert.equal(await person.page.locator('.pending').count(), 0);
    await person.page.keyboard.type('这个方案');
    await person.page.keyboard.press(where === 'chat' ? 'Enter' : 'Control+Enter');
    await person.see(person.page.locator('article', { hasText: '同意这个方案' }));
    assert.deepEqual(await bodies(), [...before, '同意这个方案']);
    await person.close();
  });
}
