// The real server, with a private PostgreSQL of its own, on a free port and in a folder that goes away.

import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const BINARY = process.env.PLENARY_BIN ?? join(ROOT, 'target/debug/plenary');
const READY = /Plenary is ready: (http:\/\/\S+)/;

/** Resolves when the server answers: {url, user(fields), stop()}. */
export async function startServer(settings = {}) {
  const data = mkdtempSync(join(tmpdir(), 'plenary-browser-'));
  // As root the server runs PostgreSQL as another user, who must get through to the folder.
  chmodSync(data, 0o755);
  const env = {
    ...process.env,
    PLENARY_DATA: data,
    PLENARY_LISTEN: '127.0.0.1:0',
    PLENARY_RATE_LIMITS: 'off',
    PLENARY_LOG_FILTER: 'warn',
    ...settings,
  };
  delete env.DATABASE_URL;
  const child = spawn(BINARY, ['serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = [];
  const url = await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > 200) lines.shift();
        const found = READY.exec(line);
        if (found) resolve(found[1]);
      });
    }
    child.once('error', (error) => reject(new Error(`${BINARY} does not start: ${error.message}`)));
    void ended.then((code) => reject(new Error(`the server ended with ${code}:\n${lines.join('\n')}`)));
  });
  return {
    url,
    log: () => lines.join('\n'),
    /** `plenary user create`: how the first admin comes about. */
    user: ({ email, name, constituency, organisation, role, password }) =>
      new Promise((resolve, reject) => {
        const fields = { email, name, constituency, organisation, role };
        const flags = Object.entries(fields).flatMap(([flag, value]) => [`--${flag}`, value]);
        const tool = spawn(BINARY, ['user', 'create', ...flags], { env, stdio: ['pipe', 'ignore', 'inherit'] });
        tool.once('error', reject);
        tool.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`plenary user create: ${code}`))));
        tool.stdin.end(`${password}\n`);
      }),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
}
