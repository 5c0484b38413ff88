import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startListeningApi } from '../../http/streams/live-journal.ts';
import { makeScratchDir } from '../../local-stack/scratch-dir.ts';
import { perFile } from '../../support/world/per-file.ts';

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../../..');
const PACKAGE = path.join(ROOT, 'clients/typescript');

const PROGRAM = `
import { createCrewship, CrewshipProblem } from '@crewship/client';

const [baseUrl, token, workspaceId] = process.argv.slice(2);
const crewship = createCrewship({ baseUrl, token, workspaceId });
await crewship.request('POST /api/v1/crews', { body: { name: 'Built', slug: 'built' } });
const slugs = [];
for await (const { slug } of crewship.list('GET /api/v1/crews')) slugs.push(slug);
const none = { params: { runId: 'none' } };
const refusal = await crewship.request('GET /api/v1/runs/{runId}', none).catch((error) => error);
console.log(JSON.stringify([slugs, refusal instanceof CrewshipProblem, refusal.code]));
`;

const TYPED = `
import { type Answer, createCrewship } from '@crewship/client';

const crewship = createCrewship({ baseUrl: '', token: '' });
export const crews: Promise<Answer<'GET /api/v1/crews'>> = crewship.request('GET /api/v1/crews');
// @ts-expect-error: a crew has a name
export const nameless = crewship.request('POST /api/v1/crews', { body: { slug: 'one' } });
`;

const api = perFile(() => startListeningApi({}));
const owner = perFile(() => api.addOwner());

test('the package that is built imports, types and calls without anything else installed', async () => {
  await using scratch = await makeScratchDir();
  const installed = path.join(scratch.dir, 'node_modules/@crewship/client');
  await mkdir(installed, { recursive: true });
  await copyFile(path.join(PACKAGE, 'package.json'), path.join(installed, 'package.json'));
  await run(process.execPath, [path.join(PACKAGE, 'build.ts'), path.join(installed, 'dist')]);
  await writeFile(path.join(scratch.dir, 'program.mjs'), PROGRAM);
  const program = [
    path.join(scratch.dir, 'program.mjs'),
    `http://127.0.0.1:${api.port}`,
    owner.token,
    owner.workspaceId,
  ];
  const { stdout } = await run(process.execPath, program);
  expect(JSON.parse(stdout)).toEqual([['built'], true, 'not_found']);
  // As a page's sources see it: with a browser's types, and none of Node's.
  await writeFile(path.join(scratch.dir, 'typed.ts'), TYPED);
  const options = {
    ...{ module: 'preserve', moduleResolution: 'bundler', target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'] },
    ...{ strict: true, noEmit: true, skipLibCheck: false, types: [] },
  };
  await writeFile(path.join(scratch.dir, 'package.json'), '{"type":"module"}');
  await writeFile(
    path.join(scratch.dir, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['typed.ts'] }),
  );
  const tsc = path.join(ROOT, 'node_modules/typescript/lib/tsc.js');
  const checked = await run(process.execPath, [tsc, '-p', scratch.dir]).catch((error: { stdout: string }) => error);
  expect(checked.stdout).toBe('');
});
