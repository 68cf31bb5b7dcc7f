import type { Component } from 'svelte';
import type { Key } from '../kernel/i18n/i18n';
import type { PanelProps } from '../kernel/live/panel';
import Floor from '../floor/Floor.svelte';
import Polls from '../polls/Polls.svelte';
import Questions from '../questions/Questions.svelte';
import Transcript from '../transcript/Transcript.svelte';

export interface PanelEntry {
  id: string;
  tab: Key;
  Panel: Component<PanelProps>;
  /** Whether it is there while the session is waited for; if nothing is said it is. */
  waiting?: false;
  /** Comes first while something in it waits for the reader. */
  calls?: true;
  /** Draws something in the place of the panel while its tab is closed, and hides the rest by itself. */
  stays?: true;
}

// The panels in the middle of a live session, in their order. A feature with a panel of its own adds one line here (and
// its import); a feature with a page of its own adds one line in app/pages.ts. Nothing else names it.
export const PANELS: readonly PanelEntry[] = [
  { id: 'floor', tab: 'live.tab.floor', Panel: Floor, waiting: false, stays: true },
  { id: 'questions', tab: 'live.tab.questions', Panel: Questions },
  { id: 'polls', tab: 'live.tab.polls', Panel: Polls, calls: true },
  { id: 'text', tab: 'live.tab.text', Panel: Transcript },
];
