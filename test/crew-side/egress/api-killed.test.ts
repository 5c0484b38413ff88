import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import {
  addRun,
  crewInProcess,
  setBudget,
  startInternalProcess,
  startLedger,
} from '../../money/ledger/ledger-fixture.ts';
import { eventually } from '../../support/test-crew.ts';
import { startSidecarServer } from './sidecar-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';
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
beforeAll(async () => {
  const sealing = { workspaceId: crew.workspaceId, ownerId: 'killed-key', field: 'value' };
  await ledger.rows(
    `INSERT INTO credentials (id, workspace_id, name, type, provider, scope, status, sealed_value,
      created_by_actor_type)
     VALUES ('killed-key', $1, 'Key', 'API_KEY', 'OPENAI', 'WORKSPACE', 'ACTIVE', $2, 'user')`,
    [crew.workspaceId, createKeyRing(new Map([[1, key]])).seal('sk-secret', sealing)],
  );
});
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
const pending = async () => (await sidecar.health()).cost_reports;

test('an API that is killed in the middle of a call: the call is reported once, when there is one again', async () => {
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
  await first.kill();
  // Each answer is cut where the API ended.
  for (const { status } of await texts) expect(status).toBe('rejected');
  expect(await pending()).toEqual({ pending: 3, refused: 0 });

  const second = await start();
  await eventually(pending, (reports) => reports.pending === 0);
  expect((await pending()).refused).toBe(0);
  const rows = await ledger.rows<{ cost_confidence: string; run_id: string }>(
    `SELECT cost_confidence, run_id, call_id FROM cost_ledger WHERE crew_id = $1`,
    [crew.crewId],
  );
  expect(rows).toHaveLength(3);
  for (const row of rows) expect(row).toMatchObject({ cost_confidence: 'estimate', run_id: 'run-killed' });
  const held = await ledger.rows(`SELECT 1 FROM budget_holds WHERE crew_id = $1`, [crew.crewId]);
  expect(held).toEqual([]);
  await second.stop();
}, 60_000);
