import type { Action, Room, Session } from '../api/types';

/** What each panel of a live session is given (live/panels.ts). */
export interface PanelProps {
  session: Session;
  room: Room;
  /** The panel is on the screen; on a phone it is one at a time. */
  open: boolean;
  may: (action: Action) => boolean;
  /** How much waits in it for the reader, told on its tab; null for nothing. */
  oncount: (n: number | null) => void;
}
