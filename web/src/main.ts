import { mount } from 'svelte';
import App from './App.svelte';
import { startClock } from './i18n/format.svelte';
import { browserLocale, setLocale, storedLocale } from './i18n/i18n.svelte';
import { watchNetwork } from './live/live.svelte';
import { outbox } from './outbox/outbox.svelte';
import { startRouter } from './route.svelte';
import { setTheme, storedTheme } from './state/theme';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/forms.css';
import './styles/talk.css';
import './styles/composer.css';
import './styles/screens.css';
import './styles/liveroom.css';
import './styles/questions.css';
import './styles/small.css';
import './styles/media.css';

async function boot(): Promise<void> {
  setTheme(storedTheme());
  await setLocale(storedLocale() ?? browserLocale(), false);
  startRouter();
  startClock();
  // A projector has nobody who is signed in, and nothing to choose.
  if (location.pathname.replace(/\/$/, '') === '/screen') {
    const { default: ScreenPage } = await import('./screen/ScreenPage.svelte');
    mount(ScreenPage, { target: document.getElementById('app')! });
    return;
  }
  watchNetwork(() => void outbox.flush());
  mount(App, { target: document.getElementById('app')! });
}

void boot();
