import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readResult } from './read-result.ts';

let crewsDir: string;
beforeAll(async () => {
  crewsDir = await mkdtemp(path.join(os.tmpdir(), 'crewship-result-'));
  await mkdir(path.join(crewsDir, 'crew', 'runs', 'run'), { recursive: true });
});
afterAll(() => rm(crewsDir, { recursive: true }));

async function read(text: string) {
  await writeFile(path.join(crewsDir, 'crew', 'runs', 'run', 'result.json'), text);
  return readResult(
    { dirs: { crewsDir } as Parameters<typeof readResult>[0]['dirs'] },
    {
      crewId: 'crew',
      attemptId: 'run',
    },
  );
}

test('a byte order mark and members that are null throw no finished work away', async () => {
  const said = { summary: 'done', confidence: null, handoff: null, cost_usd: null, plan: null };
  expect(await read(`\ufeff${JSON.stringify(said)}\n`)).toEqual({ ok: true, result: { summary: 'done' } });
  expect(await read(JSON.stringify({ ...said, confidence: 0, cost_usd: 0.5 }))).toEqual({
    ok: true,
    result: { summary: 'done', confidence: 0, costMicroUsd: 500_000 },
  });
});

test('what a member says wrongly is still refused', async () => {
  expect(await read('{"summary":null}')).toMatchObject({ ok: false, detail: 'summary: invalid_type' });
  expect(await read('{"summary":"done","confidence":2}')).toMatchObject({ ok: false, problem: 'invalid_shape' });
  expect(await read('\ufeff\ufeff{"summary":"done"}')).toMatchObject({ ok: false, problem: 'invalid_json' });
});
