import { expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { t } from '../i18n/i18n.svelte';
import TextField from './TextField.svelte';

const box = page.getByRole('textbox');

it('says what it is, what it is for, and what is wrong', async () => {
  const field = await render(TextField, { label: 'Title', hint: 'In one line.', optional: '(optional)' });
  await expect.element(box).toHaveAccessibleName('Title (optional)');
  await expect.element(box).toHaveAccessibleDescription('In one line.');
  await expect.element(box).not.toHaveAttribute('aria-invalid');
  await field.rerender({ error: 'required' });
  await expect.element(box).toHaveAccessibleDescription(`In one line. ${t('field.required')}`);
  await expect.element(box).toHaveAttribute('aria-invalid', 'true');
  await expect.element(page.getByText(t('field.required'))).toBeVisible();
});
it('has words for an error that it does not know', async () => {
  await render(TextField, { label: 'Title', error: 'an_error_of_tomorrow' });
  await expect.element(page.getByText(t('field.invalid'))).toBeVisible();
});
it('counts characters, not code units, and cuts nothing off', async () => {
  await render(TextField, { label: 'Note', rows: 2, limit: 5 });
  const counter = (used: number) => page.getByText(`${used} / 5`);
  await expect.element(counter(0)).toBeVisible();
  await box.fill('👍👍👍👍👍');
  await expect.element(counter(5)).toBeVisible();
  const field = box.element() as HTMLTextAreaElement;
  expect(field.checkValidity()).toBe(true);
  await box.fill('  👍👍👍👍👍  ');
  await expect.element(counter(5)).toBeVisible();
  expect(field.checkValidity()).toBe(true);
  await userEvent.keyboard('{End}工x');
  await expect.element(box).toHaveValue('  👍👍👍👍👍  工x');
  await expect.element(page.getByRole('status')).toHaveTextContent(t('field.over', { n: 4 }));
  await expect.element(box).toHaveAttribute('aria-invalid', 'true');
  expect(field.validationMessage).toBe(t('field.over', { n: 4 }));
  await box.fill('short');
  await expect.element(box).not.toHaveAttribute('aria-invalid');
  expect(field.checkValidity()).toBe(true);
});
it('of one line tells its limit when it is near', async () => {
  await render(TextField, { label: 'Name', limit: 10 });
  await box.fill('1234567');
  await expect.element(page.getByText('7 / 10')).not.toBeInTheDocument();
  await box.fill('12345678');
  await expect.element(page.getByText('8 / 10')).toBeVisible();
  await expect.element(box).toHaveAccessibleDescription(t('field.used', { used: 8, limit: 10 }));
});
