import { beforeEach, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { t } from '../kernel/i18n/i18n.svelte';
import LiveTabs from './LiveTabs.svelte';

const TABS = [
  { id: 'agenda', tab: 'live.tab.agenda' },
  { id: 'people', tab: 'live.tab.people' },
  { id: 'chat', tab: 'live.tab.chat' },
] as const;
const tab = (n: number) => page.getByRole('tab', { name: t(TABS[n]!.tab) });

beforeEach(async () => {
  await page.viewport(390, 844);
  // The grid of the live page, which shows tabs on phones only.
  const grid = document.body.appendChild(document.createElement('div'));
  grid.className = 'livegrid';
  await render(
    LiveTabs,
    { tabs: [...TABS], counts: { agenda: 0, people: 3, chat: 7 }, tab: 'chat' },
    { baseElement: grid },
  );
});

it('say which is shown and what waits in the others', async () => {
  await expect.element(tab(2)).toHaveAttribute('aria-selected', 'true');
  await expect.element(tab(0)).toHaveAttribute('aria-selected', 'false');
  await expect.element(tab(1)).toHaveTextContent('3');
  await expect.element(tab(0)).not.toHaveTextContent('0');
  await expect.element(tab(2)).not.toHaveTextContent('7');
});
it('are one stop of the keyboard, and go round with the arrows', async () => {
  (tab(2).element() as HTMLElement).focus();
  for (const [key, at] of [
    ['{ArrowRight}', 0],
    ['{ArrowRight}', 1],
    ['{ArrowLeft}', 0],
    ['{ArrowLeft}', 2],
  ] as const) {
    await userEvent.keyboard(key);
    await expect.element(tab(at)).toHaveFocus();
    await expect.element(tab(at)).toHaveAttribute('aria-selected', 'true');
    expect(document.querySelectorAll('[role=tab][tabindex="0"]')).toHaveLength(1);
  }
});
