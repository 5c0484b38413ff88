import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCallMeter } from '../../../commands/group-commit/call-meter.ts';
import { createLedgerWriter } from '../../../commands/group-commit/ledger-writer.ts';
import {
  addRun,
  crewInProcess,
  setBudget,
  startInternalProcess,
  startLedger,
} from '../../money/ledger/ledger-fixture.ts';
import { soon } from '../../support/soon.ts';
import { storeKeyOfProcess } from './egress-fixture.ts';
import { startSidecarServer } from './sidecar-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import { openRateCard } from '../../../platform/rate-card/rate-card-file.ts';
import { serve } from '../../support/world/serve.ts';

const key = randomBytes(32);

const ledger = perFile(() => startLedger('api-killed'));
const crew = perFile(() => ledger.internal.addCrew());
const inProcess = perFile(() => crewInProcess(crew));
const provider = perFile(() =>
  serve((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: 'word '.repeat(50) } }] })}\n\n`);
    request.resume();
  }),
);
const sidecar = perFile(() => startSidecarServer(crew, inProcess.socketPath));
beforeAll(() => storeKeyOfProcess(ledger, crew, key));
afterAll(async () => {
  await sidecar.server.drain(0);
  await inProcess.remove();
});

const start = () =>
  startInternalProcess(ledger, {
    dataDir: inProcess.dataDir,
    redisUrl: ledger.internal.redisUrl,
    env: { ENCRYPTION_KEY: key.toString('hex'), CREWSHIP_OPENAI_URL: `${provider.url}/v1` },
  });
/** Looks for calls whose process died, as each API process does, and soon. */
const survivor = perFile(() => {
  const { database } = ledger.internal.api;
  const log = createLogger({ name: 'test', level: 'silent' });
  const writer = createLedgerWriter({ db: database, log });
  const rateCard = openRateCard({ log });
  const meter = createCallMeter({ db: database, ledger: writer, rateCard, log, sweepMs: 50 });
  return {
    async close() {
      await meter.close();
      await writer.close();
    },
  };
});

const rows = () =>
  ledger.rows<{ cost_confidence: string; run_id: string; tokens: [number, number]; cost_micros: string }>(
    `SELECT cost_confidence, run_id, cost_micros, jsonb_build_array(input_tokens, output_tokens) AS tokens
     FROM cost_ledger WHERE crew_id = $1`,
    [crew.crewId],
  );
const held = () =>
  ledger.rows<{ amount_micros: string }>(`SELECT amount_micros FROM budget_holds WHERE crew_id = $1`, [crew.crewId]);
const underWay = () => ledger.rows(`SELECT 1 FROM calls_under_way WHERE crew_id = $1`, [crew.crewId]);

test('calls of an API that is killed stay held while it may live, and then cost the most that was held for them', async () => {
  expect(survivor).toBeDefined();
  const runToken = await addRun(ledger, crew, { id: 'run-killed' });
  await setBudget(crew, {
    scope_kind: 'crew',
    scope_id: crew.crewId,
    window: 'day',
    limit_usd: '50',
    mode: 'hard',
  });
  const first = await start();
  await inProcess.served();
  const ask = () =>
    sidecar.fetch('/llm/openai/v1/chat/completions', {
      method: 'POST',
      headers: { 'x-run-token': runToken },
      body: JSON.stringify({ model: 'gpt-5', max_tokens: 100, stream: true, messages: [] }),
    });
  const calls = await Promise.all([ask(), ask(), ask()]);
  for (const response of calls) expect(response.status).toBe(200);
  const texts = Promise.allSettled(calls.map((response) => response.text()));
  const amounts = await held();
  expect(amounts).toHaveLength(3);
  await first.kill();
  // Each answer is cut where the API ended.
  for (const { status } of await texts) expect(status).toBe('rejected');
  expect([await rows(), await held(), (await underWay()).length]).toEqual([[], amounts, 3]);

  await ledger.rows(`UPDATE call_meters SET alive_until = now()`);
  await soon(async () => expect(await underWay()).toEqual([]));
  const found = await rows();
  expect(found).toHaveLength(3);
  for (const row of found) {
    expect(row).toMatchObject({ cost_confidence: 'estimate', run_id: 'run-killed', ...amountOf(amounts[0]!) });
    expect(row.tokens[1]).toBe(100);
  }
  expect(await held()).toEqual([]);
}, 60_000);

const amountOf = ({ amount_micros: cost }: { amount_micros: string }) => ({ cost_micros: cost });

test('an API that ends as it should counts what came of the calls that it cuts', async () => {
  await ledger.rows(`DELETE FROM cost_ledger WHERE crew_id = $1`, [crew.crewId]);
  const process = await start();
  await inProcess.served();
  const response = await sidecar.fetch('/llm/openai/v1/chat/completions', {
    method: 'POST',
    body: JSON.stringify({ model: 'gpt-5', max_tokens: 100_000, stream: true, messages: [] }),
  });
  const text = response.text();
  await Promise.all([process.stop(), expect(text).rejects.toThrow(/terminated|aborted/)]);
  expect([await underWay(), await held()]).toEqual([[], []]);
  const [row] = await rows();
  expect(row).toMatchObject({ cost_confidence: 'estimate', run_id: null });
  expect(row!.tokens[1]).toBeGreaterThan(50);
  expect(row!.tokens[1]).toBeLessThan(100);
}, 60_000);
