import type { Attribution, HeldPost, Locale, Post, Thread } from '../kernel/api/types';
import type { Draft, Place } from '../kernel/outbox/drafts';
import { outbox } from '../kernel/outbox/outbox.svelte';
import { me } from '../kernel/me/me.svelte';
import type { ThreadModel } from './thread.svelte';

/** Where a text in a thread belongs: the thread itself, or one of its posts. */
export function placeOf(thread: Thread, kind: 'post' | 'reply' | 'edit', post?: Post): Place {
  const href = thread.session ? `/sessions/${thread.session}` : `/threads/${thread.id}`;
  const key = post ? `${kind}.${post.id}` : `thread.${thread.id}`;
  return { key, kind, title: thread.title, href: post ? `/threads/${thread.id}?post=${post.seq}` : href };
}

export function words(text: Draft): { body: string; lang: Locale; attribution: Attribution } {
  return { body: text.body.trim(), lang: text.lang ?? 'en', attribution: text.attribution ?? 'named' };
}

/** Hands a text to the outbox. It is safe when this resolves; `acknowledge` shows it when the server has it. */
export function sendPost(model: ThreadModel, text: Draft, parent?: Post): Promise<void> {
  const thread = model.thread!;
  return outbox.add({
    client_id: text.id,
    member: text.member,
    kind: 'post',
    room: thread.room,
    thread: thread.id,
    place: thread.title,
    href: text.href,
    payload: { ...words(text), ...(parent ? { parent_id: parent.id } : {}) },
    created_at: new Date().toISOString(),
    state: 'waiting',
  });
}

/**
 * Shows what is acknowledged. An event may come before the acknowledgement, and does not say whose words it carries when
 * they are signed by an organisation: while a text of ours is under way, what may be it waits for the answer.
 */
export function acknowledge(model: ThreadModel): () => void {
  model.mayBeOwn = (post) =>
    outbox.isUnderWay(post.thread) &&
    (post.author.id ? post.author.id === me.member?.id : post.author.constituency === me.member?.constituency);
  const stops = [
    outbox.onSettled(() => model.settle()),
    outbox.onSent((item, result) => {
      if (item.kind !== 'post' || item.thread !== model.thread?.id) return;
      const answer = result as Post | HeldPost;
      if ('held' in answer) model.held = [...model.held.filter((one) => one.id !== answer.id), answer];
      else model.addOwn(answer);
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
