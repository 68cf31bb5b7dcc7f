import type { Session } from '../kernel/api/types';
import { i18n } from '../kernel/i18n/i18n.svelte';

export function sessionTitle(session: Session): string {
  return (i18n.locale === 'zh' && session.title_zh) || session.title;
}

export function isRunning(session: Session): boolean {
  return session.state === 'lobby' || session.state === 'live' || session.state === 'paused';
}

/** The session to show when none is named: the one under way, else the next, else the last. */
export function currentSession(agenda: Session[]): Session | null {
  return (
    agenda.find((s) => s.state === 'live' || s.state === 'paused') ??
    agenda.find((s) => s.state === 'lobby') ??
    agenda.find((s) => s.state === 'scheduled') ??
    agenda[agenda.length - 1] ??
    null
  );
}
