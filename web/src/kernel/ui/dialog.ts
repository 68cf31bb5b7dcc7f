// How a dialog begins and what it must not lose, apart from its looks (Dialog.svelte).

const FIELDS = 'input:not([type=hidden]), select, textarea';
/** Fields that people write words into. What is chosen is chosen again in a moment; what was written is not. */
const WRITTEN = 'textarea, input:not([type]), input[type=text], input[type=search], input[type=email], input[type=url]';

type TextField = HTMLInputElement | HTMLTextAreaElement;

/** Where the keyboard begins: in the first field, else on the main action. */
export function firstOf(body: ParentNode): HTMLElement | null {
  const fields = [...body.querySelectorAll<HTMLInputElement>(FIELDS)].filter((one) => !one.disabled && !one.readOnly);
  const first = fields[0];
  const chosen = first?.type === 'radio' && fields.find((one) => one.name === first.name && one.checked);
  return chosen || first || body.querySelector<HTMLElement>('.btn.primary:not(:disabled)');
}

/** Remembers what stood in each field when it was entered first. */
export class Written {
  private readonly before = new Map<TextField, string>();

  entered(target: EventTarget | null): void {
    if (!(target instanceof HTMLElement) || !target.matches(WRITTEN)) return;
    const field = target as TextField;
    if (!this.before.has(field)) this.before.set(field, field.value);
  }

  /** Somebody wrote words that are still there. */
  get any(): boolean {
    return [...this.before].some(
      ([field, before]) => field.isConnected && field.value !== before && field.value.trim() !== '',
    );
  }
}
