import type { Action, Room, Session } from '../api/types';
import type { SessionPart } from './session';

/** What each panel of a live session is given (live/panels.ts). */
export interface PanelProps<Model extends SessionPart = SessionPart> {
  /** What the panel shows; it lives as long as the session is shown. */
  model: Model;
  session: Session;
  room: Room;
  /** The panel is on the screen; on a phone it is one at a time. */
  open: boolean;
  may: (action: Action) => boolean;
  /** How much waits in it for the reader, told on its tab; null for nothing. */
  oncount: (n: number | null) => void;
}
