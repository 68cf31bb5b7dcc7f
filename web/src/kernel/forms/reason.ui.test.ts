import { describe, expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { ApiError } from '../api/client';
import { t } from '../i18n/i18n.svelte';
import ReasonDialog, { type Choice, type Why } from './ReasonDialog.svelte';

const LIST: Choice[] = [
  { id: 'concluded', name: 'It is concluded' },
  { id: 'other', name: 'Other' },
];
const reason = page.getByRole('combobox', { name: 'Reason' });
const note = page.getByRole('textbox');
const submit = page.getByRole('button', { name: 'Lock it', exact: true });

async function opened(props: { reasons?: Choice[]; required?: boolean; answer?: () => Promise<void> } = {}) {
  const { answer = async () => {}, ...rest } = props;
  const onconfirm = vi.fn<(why: Why) => Promise<void>>(answer);
  const onclose = vi.fn();
  await render(ReasonDialog, {
    title: 'Lock',
    text: 'No new posts.',
    confirm: 'Lock it',
    limit: 20,
    onconfirm,
    onclose,
    ...rest,
  });
  return { onconfirm, onclose };
}

describe('with reasons to choose from', () => {
  it('begins at the reasons, with none chosen', async () => {
    await opened({ reasons: LIST });
    await expect.element(reason).toHaveFocus();
    await expect.element(reason).toHaveValue('');
    await expect.element(note).toHaveAccessibleName(`${t('field.note')} ${t('field.optional')}`);
  });
  it('goes nowhere without a reason, says so, and leads there', async () => {
    const { onconfirm } = await opened({ reasons: LIST });
    await submit.click();
    await expect.element(reason).toHaveAttribute('aria-invalid', 'true');
    await expect.element(reason).toHaveAccessibleDescription(t('field.required'));
    await expect.element(reason).toHaveFocus();
    await expect.element(note).not.toHaveAttribute('aria-invalid');
    await reason.selectOptions('concluded');
    await expect.element(reason).not.toHaveAttribute('aria-invalid');
    expect(onconfirm).not.toHaveBeenCalled();
  });
  it('takes a reason without a note, and then goes away', async () => {
    const { onconfirm, onclose } = await opened({ reasons: LIST });
    await reason.selectOptions('concluded');
    await submit.click();
    await vi.waitFor(() => expect(onclose).toHaveBeenCalledOnce());
    expect(onconfirm).toHaveBeenCalledExactlyOnceWith({ reason: 'concluded', note: '' });
  });
  it('wants `other` explained, in more than spaces', async () => {
    const { onconfirm, onclose } = await opened({ reasons: LIST });
    await reason.selectOptions('other');
    await expect.element(note).toHaveAccessibleName(t('field.note'));
    await expect.element(note).toBeRequired();
    await note.fill('   ');
    await submit.click();
    await expect.element(note).toHaveFocus();
    await expect.element(note).toHaveAttribute('aria-invalid', 'true');
    expect(onconfirm).not.toHaveBeenCalled();
    await note.fill(' By agreement ');
    await submit.click();
    await vi.waitFor(() => expect(onclose).toHaveBeenCalledOnce());
    expect(onconfirm).toHaveBeenCalledExactlyOnceWith({ reason: 'other', note: 'By agreement' });
  });
  it('can want a note whatever the reason', async () => {
    const { onconfirm } = await opened({ reasons: LIST, required: true });
    await reason.selectOptions('concluded');
    await submit.click();
    await expect.element(note).toHaveFocus();
    expect(onconfirm).not.toHaveBeenCalled();
  });
  it('asks no choice of one: the note says why', async () => {
    const { onconfirm } = await opened({ reasons: LIST.slice(1) });
    await expect.element(note).toHaveFocus();
    await expect.element(note).toHaveAccessibleName(t('field.reason'));
    await note.fill('By mistake');
    await submit.click();
    await vi.waitFor(() => expect(onconfirm).toHaveBeenCalledExactlyOnceWith({ reason: 'other', note: 'By mistake' }));
  });
});

describe('without a list', () => {
  it('begins in the note, which is the reason', async () => {
    const { onconfirm } = await opened();
    await expect.element(note).toHaveFocus();
    await submit.click();
    await expect.element(note).toHaveAccessibleDescription(/Please fill this in/);
    expect(onconfirm).not.toHaveBeenCalled();
  });
  it('does not send what is too long, and keeps it', async () => {
    const { onconfirm } = await opened();
    await note.fill('x'.repeat(21));
    await submit.click();
    await expect.element(note).toHaveFocus();
    await expect.element(page.getByText(t('field.over', { n: 1 }))).toBeVisible();
    expect(onconfirm).not.toHaveBeenCalled();
    await userEvent.keyboard('{End}{Backspace}');
    await submit.click();
    await vi.waitFor(() => expect(onconfirm).toHaveBeenCalledOnce());
  });
  it('shows at the field what the server refuses there, and stays open with the words', async () => {
    const refused = new ApiError(422, 'invalid', '', { reason: 'control_characters' });
    const { onclose } = await opened({ answer: () => Promise.reject(refused) });
    await note.fill('Words');
    await submit.click();
    await expect.element(note).toHaveAttribute('aria-invalid', 'true');
    await expect.element(page.getByRole('alert')).toBeVisible();
    await expect.element(note).toHaveValue('Words');
    expect(onclose).not.toHaveBeenCalled();
  });
  it('is sent once, however often the button is pressed', async () => {
    let done = (): void => {};
    const { onconfirm, onclose } = await opened({ answer: () => new Promise((resolve) => (done = resolve)) });
    await note.fill('Words');
    await submit.click();
    await expect.element(submit).toBeDisabled();
    await note.click();
    document.querySelector('form')!.requestSubmit();
    done();
    await vi.waitFor(() => expect(onclose).toHaveBeenCalledOnce());
    expect(onconfirm).toHaveBeenCalledOnce();
  });
});
