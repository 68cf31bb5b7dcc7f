import { createRawSnippet } from 'svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import Menu from './Menu.svelte';

const clicked = vi.fn();
const trigger = page.getByRole('button', { name: 'More', exact: true });
const item = (name: string) => page.getByRole('button', { name, exact: true });

beforeEach(async () => {
  // The list opens to the left.
  document.body.style.paddingLeft = '20rem';
  clicked.mockClear();
  await render(Menu, {
    label: 'More',
    trigger: createRawSnippet(() => ({ render: () => '<span>…</span>' })),
    children: createRawSnippet(() => ({
      render: () => '<div style="display: contents"><button>One</button><button>Two</button></div>',
      setup: (root) => root.addEventListener('click', (event) => clicked((event.target as Element).textContent)),
    })),
  });
});

it('is closed at first, and says so', async () => {
  await expect.element(trigger).toHaveAttribute('aria-expanded', 'false');
  await expect.element(item('One')).not.toBeInTheDocument();
});
it('opens by the keyboard, goes round with the arrows and closes with Escape', async () => {
  trigger.element().dispatchEvent(new MouseEvent('click', { bubbles: true }));
  await expect.element(trigger).toHaveAttribute('aria-expanded', 'true');
  const list = document.getElementById(trigger.element().getAttribute('aria-controls')!);
  expect(list?.textContent).toBe('OneTwo');
  (trigger.element() as HTMLElement).focus();
  await userEvent.keyboard('{ArrowDown}');
  await expect.element(item('One')).toHaveFocus();
  await userEvent.keyboard('{ArrowUp}');
  await expect.element(item('Two')).toHaveFocus();
  await userEvent.keyboard('{ArrowDown}');
  await expect.element(item('One')).toHaveFocus();
  await userEvent.keyboard('{Escape}');
  await expect.element(item('One')).not.toBeInTheDocument();
  await expect.element(trigger).toHaveFocus();
});
it('does what was chosen, closes, and leaves the focus at its button', async () => {
  await trigger.click();
  await item('Two').click();
  expect(clicked).toHaveBeenCalledExactlyOnceWith('Two');
  await expect.element(item('Two')).not.toBeInTheDocument();
  await expect.element(trigger).toHaveFocus();
});
it('closes when something else is pressed or entered', async () => {
  const other = document.body.appendChild(document.createElement('button'));
  await trigger.click();
  other.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
  await expect.element(item('One')).not.toBeInTheDocument();
  await trigger.click();
  (item('One').element() as HTMLElement).focus();
  other.focus();
  await expect.element(item('One')).not.toBeInTheDocument();
  other.remove();
});
