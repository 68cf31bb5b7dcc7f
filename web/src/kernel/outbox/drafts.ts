// Unsent text, kept on the device per member and place until it is handed to the outbox.

export interface Draft {
  body: string;
  title?: string;
}

const PREFIX = 'plenary.draft.';

export function loadDraft(member: string, place: string): Draft | null {
  try {
    const text = localStorage.getItem(`${PREFIX}${member}.${place}`);
    return text ? (JSON.parse(text) as Draft) : null;
  } catch {
    return null;
  }
}

export function saveDraft(member: string, place: string, draft: Draft): void {
  const key = `${PREFIX}${member}.${place}`;
  try {
    if (draft.body === '' && !draft.title) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // A full or forbidden storage must not stop anyone from writing.
  }
}

export function clearDrafts(member: string): void {
  try {
    const prefix = `${PREFIX}${member}.`;
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
  } catch {
    // Nothing stored, nothing to clear.
  }
}

export function countDrafts(member: string): number {
  try {
    const prefix = `${PREFIX}${member}.`;
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix)).length;
  } catch {
    return 0;
  }
}
