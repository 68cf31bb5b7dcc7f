// Runs the browser tests: one server for all files, each with rooms and members of its own.
//   node tests/browser/run.js [name of a test file …] [--test-name-pattern=…]

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PASSWORD } from './support/api.js';
import { startServer } from './support/server.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const given = process.argv.slice(2);
const flags = given.filter((word) => word.startsWith('--'));
const wanted = given.filter((word) => !word.startsWith('--'));
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .map((name) => folder + name);

const server = await startServer();
let code = 1;
try {
  const admin = 'admin@example.org';
  const fields = { name: 'Ada Administrator', constituency: 'un', organisation: 'Secretariat' };
  await server.user({ email: admin, ...fields, role: 'admin', password: PASSWORD });
  const tests = spawn(
    process.execPath,
    ['--test', '--test-concurrency=1', '--test-force-exit', '--test-reporter=spec', ...flags, ...files],
    {
      env: { ...process.env, PLENARY_BROWSER_TEST: JSON.stringify({ url: server.url, admin }) },
      stdio: 'inherit',
    },
  );
  code = await new Promise((resolve) => tests.once('exit', resolve));
  if (code !== 0) console.error(`\nThe server said:\n${server.log()}`);
} finally {
  await server.stop();
}
process.exit(code ?? 1);
