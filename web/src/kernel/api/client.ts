// One place that talks HTTP: JSON in and out, stable error codes, a time limit.

import type { Answer, Asked, Body } from './calls';
import { whileWaiting } from './waiting.svelte';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Record<string, string> = {},
    readonly retryAfterS: number | null = null,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message);
  }
  /** The network or the server failed, not the request: trying the same again makes sense. */
  get transient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** As the server answers for what one may not see. */
export const notFound = (): ApiError => new ApiError(404, 'not_found', 'not found');

let onSignedOut: () => void = () => {};
/** Called when the server no longer knows the sign-in of a member who was signed in. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

let onAnswer: (date: string | null, askedAt: number, answeredAt: number) => void = () => {};
/** Called with the server's `Date` at every answer. */
export function whenAnswered(handler: typeof onAnswer): void {
  onAnswer = handler;
}

export interface Options {
  signal?: AbortSignal;
  timeoutMs?: number;
  /** How long a read waits for a server that is busy, in ms; 0 for those that try again by themselves. */
  patienceMs?: number;
  query?: Record<string, string | number | boolean | null | undefined>;
  /** The call goes on when the page is closed. */
  keepalive?: boolean;
}

export const API = '/api/v1';

export function url(path: string, query: Options['query'] = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value));
  }
  const tail = params.toString();
  return `${API}${path}${tail ? `?${tail}` : ''}`;
}

/** A call whose path is known only when it runs, as that of a text which waits to be sent. All others are typed, below. */
export async function request<T>(method: string, path: string, body?: unknown, options: Options = {}): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), options.timeoutMs ?? 20_000);
  options.signal?.addEventListener('abort', () => controller.abort(), { once: true });
  let response: Response;
  let text: string;
  try {
    const init: RequestInit = { method, credentials: 'same-origin', signal: controller.signal };
    if (options.keepalive) init.keepalive = true;
    init.headers = { Accept: 'application/json' };
    if (body !== undefined) {
      init.headers['Content-Type'] = 'application/json';
      init.body = JSON.stringify(body);
    }
    const askedAt = Date.now();
    response = await fetch(url(path, options.query), init);
    onAnswer(response.headers.get('Date'), askedAt, Date.now());
    text = await response.text();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, 'network', 'no answer from the server');
  } finally {
    clearTimeout(timer);
  }
  const json = parse(text);
  if (response.ok) return json as T;
  const error = failure(response, json);
  if (error.status === 401 && error.code === 'not_signed_in' && path !== '/me') onSignedOut();
  throw error;
}

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failure(response: Response, json: unknown): ApiError {
  const error = ((json as { error?: Record<string, unknown> } | undefined)?.error ?? {}) as Record<string, unknown>;
  const wait = Number(error.retry_after_s ?? response.headers.get('Retry-After') ?? NaN);
  return new ApiError(
    response.status,
    typeof error.code === 'string' ? error.code : `http_${response.status}`,
    typeof error.message === 'string' ? error.message : response.statusText,
    (error.fields as Record<string, string> | undefined) ?? {},
    Number.isFinite(wait) ? wait : null,
    error,
  );
}

/** How long a read waits for a server that is busy, in ms, if nothing is said. */
const PATIENCE = 60_000;
const FIRST_WAIT = 1_000;

/** How long to wait before a read is tried again; null when that makes no sense. Everybody else waits, too: each for its own time. */
function pause(error: unknown, tries: number): number | null {
  if (!(error instanceof ApiError) || (error.status !== 503 && error.status !== 429)) return null;
  const asked = error.retryAfterS === null ? FIRST_WAIT * 2 ** tries : error.retryAfterS * 1000;
  return asked + Math.random() * Math.max(FIRST_WAIT, asked / 2);
}

/** Reads wait for a server that is busy and try again; writes have the outbox. */
export async function get<P extends string>(
  path: P,
  ...[query, options]: Asked<'get', P, Options>
): Promise<Answer<'get', P>> {
  const until = Date.now() + (options?.patienceMs ?? PATIENCE);
  for (let tries = 0; ; tries += 1) {
    try {
      return await request('GET', path, undefined, { ...options, query: query as Options['query'] });
    } catch (error) {
      const wait = pause(error, tries);
      if (wait === null || Date.now() + wait > until) throw error;
      await whileWaiting(wait, options?.signal);
    }
  }
}
export function post<P extends string>(path: P, ...rest: Body<'post', P, Options>): Promise<Answer<'post', P>> {
  return request('POST', path, ...rest);
}
export function put<P extends string>(path: P, ...rest: Body<'put', P, Options>): Promise<Answer<'put', P>> {
  return request('PUT', path, ...rest);
}
export function patch<P extends string>(path: P, ...rest: Body<'patch', P, Options>): Promise<Answer<'patch', P>> {
  return request('PATCH', path, ...rest);
}
export function del<P extends string>(path: P, ...rest: Body<'delete', P, Options>): Promise<Answer<'delete', P>> {
  return request('DELETE', path, ...rest);
}
