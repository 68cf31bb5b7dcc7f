import { i18n, t } from './i18n.svelte';

let now = $state(Date.now());
/** Moves every half minute, so that "3 min ago" stays true. */
export function startClock(): void {
  setInterval(() => (now = Date.now()), 30_000);
}

const cache = new Map<string, Intl.DateTimeFormat>();
function formatter(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${i18n.tag} ${name}`;
  let format = cache.get(key);
  if (!format) cache.set(key, (format = new Intl.DateTimeFormat(i18n.tag, options)));
  return format;
}

export function clock(iso: string): string {
  return formatter('clock', { hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(iso));
}

export function day(iso: string | number | Date): string {
  return formatter('day', { weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(iso));
}

export function shortDate(iso: string): string {
  const date = new Date(iso);
  if (date.getFullYear() === new Date(now).getFullYear())
    return formatter('short', { day: 'numeric', month: 'short' }).format(date);
  return formatter('short-year', { day: 'numeric', month: 'short', year: 'numeric' }).format(date);
}

export function full(iso: string): string {
  return formatter('full', { dateStyle: 'long', timeStyle: 'short', hour12: false }).format(new Date(iso));
}

/** "12 min ago", "Yesterday", "14 Nov": short, and exact enough for a list. */
export function ago(iso: string): string {
  const past = Math.max(0, now - Date.parse(iso));
  const minutes = Math.floor(past / 60_000);
  if (minutes < 1) return t('time.now');
  if (minutes < 60) return t('time.minutes', { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (sameDay(iso, now)) return t('time.hours', { n: hours });
  if (sameDay(iso, now - 86_400_000)) return t('time.yesterday');
  return shortDate(iso);
}

/** The time of a post: the hour today, the date before. */
export function stamp(iso: string): string {
  return sameDay(iso, now) ? clock(iso) : `${shortDate(iso)} ${clock(iso)}`;
}

export function sameDay(iso: string | number, other: string | number): boolean {
  return new Date(iso).toDateString() === new Date(other).toDateString();
}

export function number(value: number): string {
  return value.toLocaleString(i18n.tag);
}

/** 4:05, 1:04:05 */
/** How many posts are unread: the server counts no further than 1,000. */
export function unreadCount(value: number): string {
  return value > 999 ? '999+' : number(value);
}

export function duration(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const [h, m, s] = parts as [number, number, number];
  const two = (value: number): string => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
