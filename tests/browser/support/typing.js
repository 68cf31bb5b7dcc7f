// Somebody who types fast on a slow machine: the keys follow each other without waiting for the page.

const KEYS = {
  Enter: { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' },
  Send: { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, modifiers: 2 },
};

/** Makes the page so many times slower. */
export async function slower(person, rate = 10) {
  const wire = await person.context.newCDPSession(person.page);
  await wire.send('Emulation.setCPUThrottlingRate', { rate });
  return wire;
}

/** Types words and keys (`Enter`, `Send` for Control+Enter) into what has the focus, without a pause. */
export async function rattle(wire, ...parts) {
  const keys = parts.flatMap((part) =>
    KEYS[part] ? [KEYS[part]] : [...part].map((letter) => ({ key: letter, text: letter })),
  );
  await Promise.all(
    keys.flatMap((key) => [
      wire.send('Input.dispatchKeyEvent', { type: 'keyDown', ...key }),
      wire.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key, text: undefined }),
    ]),
  );
}
