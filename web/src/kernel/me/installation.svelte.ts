import type { Constituency, Installation } from '../api/types';

const EMPTY: Installation = {
  name: 'Plenary',
  version: '',
  registration: 'approval',
  demo: false,
  epoch: '',
  locales: ['en', 'zh'],
  constituencies: [],
  moderation_reasons: [],
  needs_first_admin: false,
  me: null,
};

let current = $state.raw<Installation>(EMPTY);

/** The server as everyone sees it: its name, its constituencies, how one registers. */
export const installation = {
  get current(): Installation {
    return current;
  },
  get constituencies(): Constituency[] {
    return current.constituencies;
  },
};

export function setInstallation(found: Installation): void {
  current = { ...found, constituencies: [...found.constituencies].sort((a, b) => a.position - b.position) };
}

export function constituency(id: string): Constituency | undefined {
  return installation.constituencies.find((c) => c.id === id);
}
