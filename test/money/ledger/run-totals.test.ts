import { expect, test } from 'vitest';
import { applyLateCost } from '../../../commands/money/ledger/apply-late-cost.ts';
import { findLateRuns } from '../../../db/money/ledger/find-late-runs.ts';
import type { RunReport } from '../../../commands/engine/runs/settle-run.ts';
import { settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import { addMission } from '../../support/mission-crew.ts';
import { DONE, finishOne, playOut, startMission } from '../../work/missions/play-mission.ts';
import { readMission } from '../../support/mission-view.ts';
import { DIME, EMIT, RECORD, startLedger } from './ledger-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';
import { soon } from '../../support/soon.ts';

/** What an agent's own output says of its calls: $0.000226 and 1,111 tokens. */
const SAYS: RunReport = {
  ...DONE,
  costMicros: 226,
  llm: {
    model: 'claude-opus-4-7',
    usage: { inputTokens: 1_000, outputTokens: 100, cachedInputTokens: 10, cacheCreationTokens: 1 },
  },
};

const ledger = perFile(() => startLedger('totals'));
const crew = perFile(() => ledger.internal.addCrew());

interface Started {
  readonly missionId: string;
  readonly runId: string;
  readonly token: string;
}

/** A mission of one task, started, with its attempt. */
async function startedMission(): Promise<Started> {
  return start(await addMission(crew));
}

/** A mission without tasks, started, whose lead plans. */
async function plannedMission(): Promise<Started> {
  const url = `/api/v1/crews/${crew.crewId}/missions`;
  const { id } = await crew.owner.post<{ id: string }>(url, { title: 'Plan it', lead_agent_id: crew.lead.id });
  return start({ id, url: `${url}/${id}` });
}

async function start(mission: { readonly id: string; readonly url: string }): Promise<Started> {
  const { api } = ledger.internal;
  await startMission(api, crew, mission);
  const [run] = (await readMission(api.database, crew.workspaceId, mission.id)).runs;
  return { missionId: mission.id, runId: run!.id, token: crew.runToken(run!.id) };
}

async function call(token: string, rest: object = {}): Promise<void> {
  const answer = await crew.call({
    path: RECORD,
    headers: { 'x-run-token': token },
    body: { workspace_id: crew.workspaceId, ...DIME, ...rest },
  });
  expect(answer.status).toBe(202);
}

const finish = (missionId: string, report: RunReport) => finishOne(ledger.internal.api, crew, missionId, report);

async function totals(missionId: string, runId: string) {
  const [row] = await ledger.rows<Record<string, number>>(
    `SELECT r.cost_micros::float8 AS run, t.cost_micros::float8 AS task, m.total_cost_micros::float8 AS mission,
       r.token_count::float8 AS run_tokens, t.token_count::float8 AS task_tokens,
       m.total_token_count::float8 AS mission_tokens
     FROM runs r JOIN tasks t ON t.id = r.task_id JOIN missions m ON m.id = r.mission_id
     WHERE r.id = $1 AND m.id = $2`,
    [runId, missionId],
  );
  return row;
}

const all = (cost: number, tokens: number) => ({
  ...{ run: cost, task: cost, mission: cost },
  ...{ run_tokens: tokens, task_tokens: tokens, mission_tokens: tokens },
});

test('a run without calls in the ledger costs what it reports', async () => {
  const { missionId, runId } = await startedMission();
  await finish(missionId, SAYS);
  expect(await totals(missionId, runId)).toEqual(all(226, 1_111));
});

test('a run with calls in the ledger costs what those cost, whatever it reports', async () => {
  const { missionId, runId, token } = await startedMission();
  await Promise.all(Array.from({ length: 5 }, () => call(token, { input_tokens: 100 })));
  const url = `/api/v1/runs/${runId}`;
  await ledger.rows(`UPDATE runs SET status = 'RUNNING', started_at = now() WHERE id = $1`, [runId]);
  const live = await crew.owner.get(url);
  expect(live).toMatchObject({ cost_usd: '0.502500', token_count: 20_500 });
  await finish(missionId, { ...SAYS, costMicros: 999_999 });
  expect(await totals(missionId, runId)).toEqual(all(502_500, 20_500));
});

test('a call that is reported after the run’s end is added, and replaces what the run itself reported', async () => {
  const { missionId, runId, token } = await startedMission();
  await finish(missionId, SAYS);
  await call(token);
  await soon(async () => expect(await totals(missionId, runId)).toEqual(all(100_000, 4_000)));
  await call(token);
  await soon(async () => expect(await totals(missionId, runId)).toEqual(all(200_000, 8_000)));
});

test('calls that are recorded while their run ends are counted once', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { missionId, runId, token } = await startedMission();
    await Promise.all([
      ...Array.from({ length: 8 }, () => call(token)),
      finish(missionId, SAYS),
      ...Array.from({ length: 8 }, () => call(token)),
    ]);
    await soon(async () => expect(await totals(missionId, runId)).toEqual(all(1_600_000, 64_000)));
  }
});

test('a difference that a dead process left is found and applied once', async () => {
  const { missionId, runId, token } = await startedMission();
  await finish(missionId, DONE);
  await call(token);
  await soon(async () => expect(await totals(missionId, runId)).toEqual(all(100_000, 4_000)));
  await ledger.rows(`UPDATE run_costs SET cost_micros = cost_micros + 5 WHERE run_id = $1`, [runId]);
  const { database } = ledger.internal.api;
  const late = (await findLateRuns(database, 100)).filter((run) => run.runId === runId);
  expect(late).toEqual([{ runId, workspaceId: crew.workspaceId }]);
  await Promise.all([applyLateCost(database, late[0]!), applyLateCost(database, late[0]!)]);
  expect(await totals(missionId, runId)).toEqual(all(100_005, 4_000));
  expect((await findLateRuns(database, 100)).filter((run) => run.runId === runId)).toEqual([]);
});

test('a planning run’s calls are in its mission’s totals once, whatever it reports and whenever they come', async () => {
  const spent = async ({ missionId, runId }: Started) =>
    (
      await ledger.rows<Record<string, number>>(
        `SELECT r.cost_micros::float8 AS run, r.token_count::float8 AS run_tokens,
           m.total_cost_micros::float8 AS mission, m.total_token_count::float8 AS mission_tokens
         FROM runs r JOIN missions m ON m.id = r.mission_id WHERE r.id = $1 AND m.id = $2 AND r.purpose = 'planning'`,
        [runId, missionId],
      )
    )[0];
  const both = (cost: number, tokens: number) => ({
    run: cost,
    run_tokens: tokens,
    mission: cost,
    mission_tokens: tokens,
  });
  const plan = { ...SAYS, plan: { tasks: [{ title: 'a' }] } };
  const silent = await plannedMission();
  await finish(silent.missionId, plan);
  expect(await spent(silent)).toEqual(both(226, 1_111));
  await call(silent.token);
  await soon(async () => expect(await spent(silent)).toEqual(both(100_000, 4_000)));
  // Its task gives its place back.
  await playOut(ledger.internal.api, crew, silent.missionId, DONE);
  const known = await plannedMission();
  await call(known.token);
  await finish(known.missionId, plan);
  expect(await spent(known)).toEqual(both(100_000, 4_000));
  await playOut(ledger.internal.api, crew, known.missionId, DONE);
});

test('money that a cancelled mission’s attempt had spent is in its totals', async () => {
  const { missionId, runId, token } = await startedMission();
  await call(token);
  const url = `/api/v1/crews/${crew.crewId}/missions/${missionId}/cancel`;
  await crew.owner.act(url);
  await settleRunRow(
    ledger.internal.api.database,
    { workspaceId: crew.workspaceId, id: runId, generation: 0 },
    { outcome: { kind: 'cancelled' } },
  );
  await soon(async () => expect(await totals(missionId, runId)).toEqual(all(100_000, 4_000)));
});

test('a run that a crew reports itself has its calls’ cost when it ends', async () => {
  const runId = `own-${crew.crewId}`;
  const entry = { agent_id: crew.lead.id, trace_id: runId, summary: 'mine' };
  expect((await crew.call({ path: EMIT, body: { ...entry, type: 'run.started' } })).status).toBe(202);
  await call(crew.runToken(runId));
  expect((await crew.call({ path: EMIT, body: { ...entry, type: 'run.completed' } })).status).toBe(202);
  const url = `/api/v1/runs/${runId}`;
  const shown = await crew.owner.get(url);
  expect(shown).toMatchObject({ status: 'COMPLETED', cost_usd: '0.100000', token_count: 4_000 });
});
