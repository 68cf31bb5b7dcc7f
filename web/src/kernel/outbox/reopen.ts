import type { Draft, Drafts, Place } from './drafts';
import type { Outbox, OutboxItem } from './outbox';

function placeOf({ kind, room, session, thread, place, href, payload }: OutboxItem): Place {
  if (kind === 'line') return { key: `line.${session}`, kind, title: place, href };
  if (kind === 'thread') return { key: `room.${room}`, kind, title: place, href };
  if (payload.parent_id) return { key: `reply.${payload.parent_id}`, kind: 'reply', title: place, href };
  return { key: `thread.${thread}`, kind, title: place, href };
}

/**
 * Makes a draft of a text in the outbox again, which then leaves it. The draft has the id of the text: whoever asks twice,
 * or is cut off in between, has one text. Null when it was sent meanwhile, or there is no room.
 */
export async function takeBack(drafts: Drafts, outbox: Outbox, item: OutboxItem): Promise<Draft | null> {
  const { client_id: id, member } = item;
  const { body, lang, attribution, title, kind } = item.payload;
  const extra = { ...(title ? { title } : {}), ...(kind ? { kind } : {}) };
  // First the draft: the text is never in neither of the two. No box takes it but the one that asks for it.
  const draft: Draft = {
    ...drafts.fresh(member, placeOf(item)),
    ...{ id, body, lang, attribution, extra, aside: true, tried: true },
  };
  if (!drafts.get(id) && !drafts.save(draft, false)) return null;
  const taken = await outbox.take(id, 'failed');
  if (!taken && outbox.wasSent(id)) drafts.remove(id);
  return taken ? drafts.get(id) : null;
}
