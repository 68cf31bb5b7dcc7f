// A row of buttons is one stop of the Tab key; the arrows go from one to the next, as in any toolbar. The rows of a page
// are looked after together: one becomes a toolbar when the focus enters it.

const BUTTONS = 'button:not(.menu-list button)';

function rowOf(target: EventTarget | null): { buttons: HTMLElement[]; at: number; row: Element } | null {
  const button = (target as Element | null)?.closest?.(BUTTONS);
  const row = button?.closest('[role=toolbar]');
  if (!button || !row) return null;
  const buttons = [...row.querySelectorAll<HTMLElement>(BUTTONS)];
  return { row, buttons, at: buttons.indexOf(button as HTMLElement) };
}

export function toolbarFocus(event: FocusEvent): void {
  const found = rowOf(event.target);
  found?.buttons.forEach((button, n) => (button.tabIndex = n === found.at ? 0 : -1));
}

export function toolbarKey(event: KeyboardEvent): void {
  const found = rowOf(event.target);
  if (!found || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const { buttons, at, row } = found;
  const toRight = getComputedStyle(row).direction === 'rtl' ? -1 : 1;
  const steps: Record<string, number> = { ArrowRight: at + toRight, ArrowLeft: at - toRight, Home: 0, End: -1 };
  const next = steps[event.key];
  if (next === undefined) return;
  event.preventDefault();
  buttons[(next + buttons.length) % buttons.length]?.focus();
}
