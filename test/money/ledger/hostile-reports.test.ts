import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { costRecordBody, reservationBody } from '../../../api/money/ledger/cost-sidecar-schemas.ts';
import { emitBody } from '../../../api/evidence/journal/journal-sidecar-schemas.ts';
import { EMIT, RECORD, RESERVE, setBudget, startLedger } from './ledger-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';

const RUNS = Number(process.env.CREWSHIP_TEST_FUZZ_RUNS ?? 60);

const ledger = perFile(() => startLedger('hostile'));
const crew = perFile(() => ledger.internal.addCrew());
beforeAll(async () => {
  // So that reservations reach Postgres.
  const budget = { scope_kind: 'workspace', window: 'day', limit_usd: '1000000', mode: 'hard' };
  await setBudget(crew, budget);
});

const ROUTES = [
  { path: RECORD, names: Object.keys(costRecordBody.shape) },
  { path: RESERVE, names: Object.keys(reservationBody.shape) },
  { path: EMIT, names: Object.keys(emitBody.shape) },
];

const nasty = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    ...['', ' ', 'metered', 'flat_rate', 'anthropic', 'file.written', 'run.started', 'run.completed', 'x'.repeat(500)],
    ...['lone \ud800', 'nul \0', "'; DROP TABLE cost_ledger; --", '{}', '%00', '../..'],
    ...[-1, 0, 0.5, 1, 1e308, -1e308, 2 ** 53, 100_000_000, 600],
  ),
);

test('whatever is reported, reserved or emitted: no failure, and what is refused writes nothing', async () => {
  for (const { path, names } of ROUTES) {
    const document = fc.oneof(
      { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...names), nasty, { maxKeys: names.length }) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
    );
    await fc.assert(
      fc.asyncProperty(document, async (body) => {
        const before = await ledger.written();
        const answer = await crew.call({ path, body });
        const label = `${path} ${JSON.stringify(body).slice(0, 300)}: ${JSON.stringify(answer.body)}`;
        expect(answer.status, label).toBeLessThan(500);
        if (answer.status >= 400) expect(await ledger.written(), label).toBe(before);
      }),
      { numRuns: RUNS },
    );
  }
});

test('every member of a good report, replaced by something else: no failure', async () => {
  const good: Record<string, object> = {
    [RECORD]: {
      workspace_id: crew.workspaceId,
      provider: 'anthropic',
      model: 'claude-opus-4-7',
      input_tokens: 1,
      output_tokens: 1,
    },
    [RESERVE]: { provider: 'anthropic', model: 'claude-opus-4-7', output_tokens: 1 },
    [EMIT]: { type: 'file.written', summary: 'a file' },
  };
  for (const { path, names } of ROUTES) {
    for (const name of names) {
      await fc.assert(
        fc.asyncProperty(nasty, async (value) => {
          const answer = await crew.call({ path, body: { ...good[path], [name]: value } });
          expect(answer.status, `${path} ${name} ${JSON.stringify(value)}`).toBeLessThan(500);
        }),
        { numRuns: 8 },
      );
    }
  }
});
