// What members do over HTTP: the tests prepare with it, and count with it.

import { randomUUID } from 'node:crypto';
import http from 'node:http';

export const PASSWORD = 'a calm sentence to sign in with';
const agent = new http.Agent({ keepAlive: true, maxSockets: 48 });

export class Api {
  constructor(url, token = null) {
    this.url = url;
    this.token = token;
  }

  call(method, path, body) {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        Origin: this.url,
        ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
        ...(text ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {}),
      };
      const request = http.request(`${this.url}/api/v1${path}`, { method, headers, agent }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const answer = Buffer.concat(parts).toString();
          const cookie = /^(?:__Host-)?plenary=([^;]+)/.exec(response.headers['set-cookie']?.[0] ?? '');
          if (cookie) this.token = cookie[1];
          if (response.statusCode < 300) resolve(answer ? JSON.parse(answer) : undefined);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
        });
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  get = (path) => this.call('GET', path);
  post = (path, body) => this.call('POST', path, body);
  put = (path, body) => this.call('PUT', path, body);
  patch = (path, body) => this.call('PATCH', path, body);
  delete = (path, body) => this.call('DELETE', path, body);

  anonymous = () => new Api(this.url);

  signIn(email, password = PASSWORD) {
    return this.post('/sign-in', { email, password });
  }

  thread(room, title, body, more = {}) {
    const fields = { kind: 'discussion', lang: 'en', client_id: randomUUID(), ...more };
    return this.post(`/rooms/${room.id}/threads`, { title, body, ...fields });
  }

  say(thread, body, more = {}) {
    return this.post(`/threads/${thread.id ?? thread}/posts`, { body, lang: 'en', client_id: randomUUID(), ...more });
  }

  /** Every post of a thread. */
  async posts(thread) {
    const all = [];
    let after = '';
    do {
      const page = await this.get(`/threads/${thread.id}/posts?limit=100&order=seq${after}`);
      all.push(...page.items);
      after = page.next ? `&after=${encodeURIComponent(page.next)}` : null;
    } while (after);
    return all;
  }
}
