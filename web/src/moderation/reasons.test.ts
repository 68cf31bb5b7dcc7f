import { beforeEach, expect, it } from 'vitest';
import { installation, setInstallation } from '../kernel/me/installation.svelte';
import { reasonsFor } from './reasons';

const know = (...ids: string[]): void =>
  setInstallation({
    ...installation.current,
    moderation_reasons: ids.map((id) => ({ id, name: { en: `The reason ${id}`, zh: '' } })),
  });
const ids = (act: Parameters<typeof reasonsFor>[0]): string[] => reasonsFor(act).map((one) => one.id);

beforeEach(() => know('other', 'spam', 'abuse', 'off_topic', 'concluded', 'to_calm', 'appeal', 'mistake'));

it('fit the act, in their order, with what must be explained at the end', () => {
  expect(ids('post.hidden')).toEqual(['off_topic', 'abuse', 'spam', 'other']);
  expect(ids('post.restored')).toEqual(['mistake', 'appeal', 'other']);
  expect(ids('thread.locked')).toEqual(['concluded', 'to_calm', 'other']);
});
it('are named as the server names them', () => {
  expect(reasonsFor('thread.locked')[0]).toEqual({ id: 'concluded', name: 'The reason concluded' });
});
it('are none that the server would refuse', () => {
  know('off_topic', 'other');
  expect(ids('thread.locked')).toEqual(['other']);
  expect(ids('post.declined')).toEqual(['off_topic', 'other']);
});
