// Makes src/kernel/api/schema.d.ts from the OpenAPI of the server in this tree; with --check only says whether it is up to date.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = fileURLToPath(new URL('../src/kernel/api/schema.d.ts', import.meta.url));
const server = process.env.PLENARY_BIN ?? `${root}target/debug/plenary`;
const document = JSON.parse(execFileSync(server, ['openapi'], { encoding: 'utf8', maxBuffer: 2 ** 26 }));
const made = `// Made by \`npm run api\` from the server's OpenAPI. Do not edit.\n\n${astToString(await openapiTS(document))}`;
if (!process.argv.includes('--check')) writeFileSync(file, made);
else if (readFileSync(file, 'utf8') !== made) {
  console.error('web/src/kernel/api/schema.d.ts is not what the server says. Run `npm run api` in web/.');
  process.exitCode = 1;
}
