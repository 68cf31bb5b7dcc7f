import type { HeldPost, Post } from '../kernel/api/types';
import { outbox, waiting } from '../kernel/outbox/outbox.svelte';
import { uuid } from '../kernel/outbox/uuid';
import { me } from '../kernel/me/me.svelte';
import type { ThreadModel } from './thread.svelte';
import type { Text } from './actions';

/** Hands a text to the outbox. It is safe when this resolves; `acknowledge` shows it when the server has it. */
export async function sendPost(model: ThreadModel, text: Text, parent?: Post): Promise<void> {
  const thread = model.thread!;
  await outbox.add({
    client_id: uuid(),
    member: me.member!.id,
    kind: 'post',
    room: thread.room,
    thread: thread.id,
    place: thread.title,
    payload: { ...text, ...(parent ? { parent_id: parent.id } : {}) },
    created_at: new Date().toISOString(),
    state: 'waiting',
  });
}

export function acknowledge(model: ThreadModel): () => void {
  model.isPending = (post) => waiting.in(post.thread).some((item) => item.payload.body === post.body_md);
  return outbox.onSent((item, result) => {
    if (item.kind !== 'post' || item.thread !== model.thread?.id) return;
    const answer = result as Post | HeldPost;
    if ('held' in answer) model.held = [...model.held.filter((one) => one.id !== answer.id), answer];
    else model.addOwn(answer);
  });
}
