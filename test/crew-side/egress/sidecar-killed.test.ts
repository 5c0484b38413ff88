import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { bundleSidecar } from '../../../sidecar/bundle.ts';
import { findFreePort } from '../../../deploy/local/supervision/free-port.ts';
import type { InternalCrew } from '../../support/sidecar-api.ts';
import { soon } from '../../support/soon.ts';
import { perFile } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';
import {
  addRun,
  crewInProcess,
  setBudget,
  startInternalProcess,
  startLedger,
} from '../../money/ledger/ledger-fixture.ts';
import { storeKey, storeKeyOfProcess } from './egress-fixture.ts';

/** `CREWSHIP_TEST_STREAMS=500` is as many as one host may have to carry at once. */
const STREAMS = Number(process.env.CREWSHIP_TEST_STREAMS ?? 60);
const CAP_MICROS = 5_000_000;
/** Three in five calls have room in the cap. */
const MAX_TOKENS = Math.floor(CAP_MICROS / (0.6 * STREAMS) / 100);
const LONG_INPUT_TOKENS = 1_000;
const CARD = {
  source: 'a test',
  date: '2026-01-01',
  models: {
    'openai/tiered': {
      ...{ input: 0.5, output: 50, cached_input: 0.05, cache_creation: 0.5 },
      long: { above_input_tokens: LONG_INPUT_TOKENS, input: 1, output: 100, cached_input: 0.1, cache_creation: 1 },
    },
  },
  ceilings: {},
};
const key = randomBytes(32);

const open = new Set<ServerResponse>();
const provider = perFile(() => serve((request, response) => void say(request, response)));
/** Says some words and goes on, for all that its reader knows. */
async function say(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for await (const _ of request);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let word = 0; word < MAX_TOKENS / 4; word += 1) {
    response.write(`data: {"choices":[{"index":0,"delta":{"content":"word"}}]}\n\n`);
  }
  open.add(response);
  response.once('close', () => open.delete(response));
}

const directory = perFile(async () => {
  const place = await mkdtemp(path.join(os.tmpdir(), 'cs-'));
  await writeFile(path.join(place, 'card.json'), JSON.stringify(CARD));
  return { place, close: () => rm(place, { recursive: true, force: true }) };
});
const ledger = perFile(() =>
  startLedger('sidecar-killed', {
    egress: { providerUrls: { anthropic: provider.url, openai: `${provider.url}/v1` } },
    rateCardFile: path.join(directory.place, 'card.json'),
  }),
);
/** Two crews of one workspace: one is served by an API in this process, the other by one of its own. */
const first = perFile(() => ledger.internal.addCrew());
const second = perFile(() => ledger.internal.addCrew(first));
const served = perFile(() => crewInProcess(second));
const api = perFile(async () => {
  await storeKey(first, { provider: 'OPENAI', value: 'sk-of-the-first' });
  await storeKeyOfProcess(ledger, second, key);
  return startInternalProcess(ledger, {
    dataDir: served.dataDir,
    redisUrl: ledger.internal.redisUrl,
    env: {
      ENCRYPTION_KEY: key.toString('hex'),
      CREWSHIP_OPENAI_URL: `${provider.url}/v1`,
      CREWSHIP_RATE_CARD_FILE: path.join(directory.place, 'card.json'),
    },
  });
});

async function startSidecar(crew: InternalCrew, socketPath: string): Promise<{ child: ChildProcess; port: number }> {
  const bundle = await bundleSidecar(directory.place);
  const port = await findFreePort();
  const child = spawn(process.execPath, ['--max-old-space-size=96', bundle.path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const config = { workspace_id: crew.workspaceId, crew_id: crew.crewId, crew_token: crew.token, token_fp: 'x' };
  child.stdin!.write(`${JSON.stringify({ ...config, api_socket_path: socketPath, listen_port: port })}\n`);
  await once(child.stdout!, 'data');
  return { child, port };
}

const sums = async () =>
  (
    await ledger.rows<{ spent: number; rows: number; estimates: number; held: number; under_way: number }>(
      `SELECT (SELECT coalesce(sum(cost_micros), 0) FROM cost_ledger WHERE workspace_id = $1)::float AS spent,
         (SELECT count(*) FROM cost_ledger WHERE workspace_id = $1)::int AS rows,
         (SELECT count(*) FROM cost_ledger WHERE workspace_id = $1 AND cost_confidence = 'estimate')::int AS estimates,
         (SELECT coalesce(sum(amount_micros), 0) FROM budget_holds WHERE workspace_id = $1)::float AS held,
         (SELECT count(*) FROM calls_under_way WHERE workspace_id = $1)::int AS under_way`,
      [first.workspaceId],
    )
  )[0]!;

test('sidecars that are killed in the middle of many streams: the cap holds, and nothing stays held', async () => {
  expect(api).toBeDefined();
  await served.served();
  await setBudget(first, {
    ...{ scope_kind: 'workspace', scope_id: first.workspaceId, window: 'day', limit_usd: '5', mode: 'hard' },
  });
  const sidecars = [await startSidecar(first, first.socketPath), await startSidecar(second, served.socketPath)];
  const tokens = [await addRun(ledger, first, { id: 'run-1' }), await addRun(ledger, second, { id: 'run-2' })];
  const ask = (index: number) => {
    const { port } = sidecars[index % 2]!;
    // Every other pair reads more than the lower tier has.
    const content = 'word '.repeat(index % 4 < 2 ? 100 : LONG_INPUT_TOKENS * 1.2);
    return fetch(`http://127.0.0.1:${port}/llm/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-run-token': tokens[index % 2]! },
      body: JSON.stringify({ model: 'tiered', max_tokens: MAX_TOKENS, stream: true, messages: [{ content }] }),
    });
  };
  const since = performance.now();
  const answers = await Promise.all(Array.from({ length: STREAMS }, (_, index) => ask(index)));
  const admitted = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 402);
  expect([admitted.length + refused.length, refused.length > 0]).toEqual([STREAMS, true]);
  // Each says something, and all of it is in the middle then.
  const readers = admitted.map((answer) => answer.body!.getReader());
  for (const reader of readers) expect((await reader.read()).done).toBe(false);
  expect(open.size).toBe(admitted.length);
  const before = await sums();
  expect(before).toMatchObject({ rows: 0, under_way: admitted.length });
  expect(before.held).toBeGreaterThan(CAP_MICROS * 0.7);
  expect(before.held).toBeLessThanOrEqual(CAP_MICROS);

  const killedAt = performance.now();
  for (const { child } of sidecars) child.kill('SIGKILL');
  await Promise.allSettled(readers.map((reader) => reader.read()));
  const after = await soon(async () => {
    const now = await sums();
    expect(now).toMatchObject({ held: 0, under_way: 0, rows: admitted.length, estimates: admitted.length });
    return now;
  });
  expect(after.spent).toBeGreaterThan(0);
  expect(after.spent).toBeLessThanOrEqual(before.held);
  expect(open.size).toBe(0);
  if (process.env.CREWSHIP_TEST_STREAMS !== undefined) {
    const [askedMs, settledMs] = [killedAt - since, performance.now() - killedAt].map(Math.round);
    console.log({
      streams: STREAMS,
      admitted: admitted.length,
      refused: refused.length,
      askedMs,
      settledMs,
      before,
      after,
    });
  }
}, 120_000);
