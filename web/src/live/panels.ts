import type { Component } from 'svelte';
import type { Session } from '../kernel/api/types';
import type { Key } from '../kernel/i18n/i18n';
import type { PanelProps } from '../kernel/live/panel';
import type { SessionPart } from '../kernel/live/session';
import Floor from '../floor/Floor.svelte';
import { FloorModel } from '../floor/floor.svelte';
import Polls from '../polls/Polls.svelte';
import { PollsModel } from '../polls/polls.svelte';
import Questions from '../questions/Questions.svelte';
import { QuestionsModel } from '../questions/questions.svelte';
import Transcript from '../transcript/Transcript.svelte';
import { TranscriptModel } from '../transcript/transcript.svelte';

export interface PanelEntry<Model extends SessionPart = never> {
  id: string;
  tab: Key;
  /** Made with the snapshot of the session, whether or not the panel is drawn. */
  Model: new (session: Session) => SessionPart & Model;
  Panel: Component<PanelProps<Model>>;
  /** Whether it is there while the session is waited for; if nothing is said it is. */
  waiting?: false;
  /** Comes first while something in it waits for the reader. */
  calls?: true;
  /** Draws something in the place of the panel while its tab is closed, and hides the rest by itself. */
  stays?: true;
}

/** A panel that draws its own model. */
const panel = <Model extends SessionPart>(entry: PanelEntry<Model>): PanelEntry => entry as unknown as PanelEntry;

// The panels in the middle of a live session, in their order. A feature with a panel of its own adds one entry here (and
// its imports); a feature with a page of its own adds one line in app/pages.ts. Nothing else names it.
export const PANELS: readonly PanelEntry[] = [
  panel({
    id: 'floor',
    tab: 'live.tab.floor',
    Model: FloorModel,
    Panel: Floor,
    waiting: false,
    stays: true,
  }),
  panel({ id: 'questions', tab: 'live.tab.questions', Model: QuestionsModel, Panel: Questions }),
  panel({ id: 'polls', tab: 'live.tab.polls', Model: PollsModel, Panel: Polls, calls: true }),
  panel({ id: 'text', tab: 'live.tab.text', Model: TranscriptModel, Panel: Transcript }),
];
