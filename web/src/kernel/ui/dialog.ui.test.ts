import { createRawSnippet, type Snippet } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { t } from '../i18n/i18n.svelte';
import Dialog from './Dialog.svelte';

const html = (markup: string): Snippet => createRawSnippet(() => ({ render: () => `<div>${markup}</div>` }));
const button = (name: string) => page.getByRole('button', { name, exact: true });
const opened = async (markup: string, props: { unsaved?: boolean } = {}) => {
  const onclose = vi.fn();
  await render(Dialog, { title: 'A dialog', onclose, children: html(markup), ...props });
  return onclose;
};

describe('a dialog begins', () => {
  it.each([
    ['in its first field', '<p>Words</p><button>More</button><textarea aria-label="it"></textarea><input>'],
    ['in a select', '<select aria-label="it"><option>One</option></select><input>'],
    [
      'in the radio that is chosen',
      '<input type="radio" name="r"><input type="radio" name="r" checked aria-label="it">',
    ],
    ['past what cannot be changed', '<input disabled><input readonly><input type="hidden"><input aria-label="it">'],
    [
      'on its main action',
      '<a href="#x">A link</a><button class="btn">No</button><button class="btn primary" aria-label="it">',
    ],
    [
      'past an action that is not possible',
      '<button class="btn primary" disabled>No</button><button class="btn primary" aria-label="it">',
    ],
  ])('%s', async (_, markup) => {
    await opened(markup);
    await expect.element(page.getByLabelText('it')).toHaveFocus();
  });
  it('at its title, where it only tells something', async () => {
    await opened('<p>Words</p>');
    await expect.element(page.getByRole('heading', { name: 'A dialog' })).toHaveFocus();
    await expect.element(page.getByRole('dialog')).toHaveAccessibleName('A dialog');
  });
});

describe('Escape', () => {
  it('closes a dialog in which nothing was written', async () => {
    const onclose = await opened('<input value="As it was"><input type="checkbox">');
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(onclose).toHaveBeenCalledOnce());
  });
  it('asks before words are lost, however often it is pressed', async () => {
    const onclose = await opened('<textarea aria-label="it"></textarea>');
    await userEvent.keyboard('Long thought');
    await userEvent.keyboard('{Escape}');
    await expect.element(button(t('dialog.keep'))).toHaveFocus();
    await expect.element(page.getByRole('alertdialog')).toHaveAccessibleName(t('dialog.losing'));
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByRole('alertdialog')).not.toBeInTheDocument();
    await expect.element(page.getByLabelText('it')).toHaveFocus();
    await userEvent.keyboard('{Escape}');
    await button(t('dialog.keep')).click();
    await expect.element(page.getByLabelText('it')).toHaveValue('Long thought');
    expect(onclose).not.toHaveBeenCalled();
    await userEvent.keyboard('{Escape}');
    await button(t('dialog.discard')).click();
    await vi.waitFor(() => expect(onclose).toHaveBeenCalledOnce());
  });
  it('asks nothing when the words were taken back, or the dialog knows that they are kept', async () => {
    const first = await opened('<textarea></textarea>');
    await userEvent.keyboard('x{Backspace}{Escape}');
    await vi.waitFor(() => expect(first).toHaveBeenCalledOnce());
    const second = await opened('<textarea></textarea>', { unsaved: false });
    await userEvent.keyboard('Kept as a draft{Escape}');
    await vi.waitFor(() => expect(second).toHaveBeenCalledOnce());
  });
  it('leaves a word alone that is being composed', async () => {
    const onclose = await opened('<input aria-label="it">');
    const input = page.getByLabelText('it').element();
    input.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Escape', isComposing: true, bubbles: true, cancelable: true }),
    );
    await expect.element(page.getByRole('dialog')).toBeVisible();
    expect(onclose).not.toHaveBeenCalled();
  });
});

describe('the other ways out', () => {
  it('ask as well: the Close button', async () => {
    const onclose = await opened('<input>');
    await userEvent.keyboard('Words');
    await button(t('action.close')).click();
    await expect.element(button(t('dialog.keep'))).toHaveFocus();
    expect(onclose).not.toHaveBeenCalled();
  });
  it('ask as well: a back gesture that the browser obeys whatever the page says', async () => {
    const onclose = await opened('<input>');
    await userEvent.keyboard('Words');
    (page.getByRole('dialog').element() as HTMLDialogElement).close();
    await expect.element(button(t('dialog.keep'))).toHaveFocus();
    await expect.element(page.getByRole('dialog')).toBeVisible();
    expect(onclose).not.toHaveBeenCalled();
  });
});

it('a dialog gives the focus back to where it came from', async () => {
  const opener = document.body.appendChild(document.createElement('button'));
  opener.focus();
  const dialog = await render(Dialog, { title: 'A dialog', onclose: () => {}, children: html('<input>') });
  await expect.element(page.getByRole('textbox')).toHaveFocus();
  await dialog.unmount();
  expect(document.activeElement).toBe(opener);
  opener.remove();
});
