const SIGNS = ['pointerdown', 'keydown', 'focus'] as const;

/** Calls once, as soon as somebody does something at this device. */
export function whenHere(call: () => void): () => void {
  const stop = (): void => SIGNS.forEach((sign) => removeEventListener(sign, once, true));
  const once = (): void => {
    stop();
    call();
  };
  SIGNS.forEach((sign) => addEventListener(sign, once, { capture: true }));
  return stop;
}
