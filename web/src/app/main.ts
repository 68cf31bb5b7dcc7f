// The global sheets stand before the styles of the components, which may refine them.
import '../kernel/styles/tokens.css';
import '../kernel/styles/base.css';
import '../kernel/styles/forms.css';
import '../kernel/styles/buttons.css';
import '../kernel/styles/marks.css';
import '../kernel/styles/prose.css';
import '../kernel/styles/parts.css';
import '../kernel/styles/print.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { startClock } from '../kernel/i18n/format.svelte';
import { browserLocale, setLocale, storedLocale } from '../kernel/i18n/i18n.svelte';
import { watchNetwork } from '../kernel/live/live.svelte';
import { outbox } from '../kernel/outbox/outbox.svelte';
import { startRouter } from '../kernel/router/route.svelte';
import { setTheme, storedTheme } from '../kernel/ui/theme';

async function boot(): Promise<void> {
  setTheme(storedTheme());
  await setLocale(storedLocale() ?? browserLocale(), false);
  startRouter();
  startClock();
  // A projector has nobody who is signed in, and nothing to choose.
  if (location.pathname.replace(/\/$/, '') === '/screen') {
    const { default: HallPage } = await import('../hall/HallPage.svelte');
    mount(HallPage, { target: document.getElementById('app')! });
    return;
  }
  watchNetwork(() => void outbox.flush());
  mount(App, { target: document.getElementById('app')! });
}

void boot();
