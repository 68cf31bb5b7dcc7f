// A row of buttons is one stop of the Tab key; the arrows go from one to the next, as in any toolbar.

const BUTTONS = 'button:not(.menu-list button)';

export function toolbar(row: HTMLElement): () => void {
  const buttons = (): HTMLElement[] => [...row.querySelectorAll<HTMLElement>(BUTTONS)];
  const makeCurrent = (current: HTMLElement | undefined): void =>
    buttons().forEach((button) => (button.tabIndex = button === current ? 0 : -1));
  const refresh = (): void => {
    const all = buttons();
    makeCurrent(all.find((button) => button === document.activeElement) ?? all.find((b) => b.tabIndex === 0) ?? all[0]);
  };
  const onfocusin = (event: FocusEvent): void => {
    const button = (event.target as HTMLElement).closest<HTMLElement>(BUTTONS);
    if (button) makeCurrent(button);
  };
  const onkeydown = (event: KeyboardEvent): void => {
    const all = buttons();
    const at = all.indexOf(event.target as HTMLElement);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const forward = getComputedStyle(row).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const back = forward === 'ArrowRight' ? 'ArrowLeft' : 'ArrowRight';
    const next = { [forward]: at + 1, [back]: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    all[next % all.length]?.focus();
  };
  // Buttons come and go with rights and reactions.
  const watch = new MutationObserver(refresh);
  watch.observe(row, { childList: true, subtree: true });
  row.addEventListener('focusin', onfocusin);
  row.addEventListener('keydown', onkeydown);
  refresh();
  return () => {
    watch.disconnect();
    row.removeEventListener('focusin', onfocusin);
    row.removeEventListener('keydown', onkeydown);
  };
}
