import { beforeEach, expect, test } from 'vitest';
import { admitRuns } from '../../../commands/engine/runs/queue-runs.ts';
import { settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import { stopWaitingOnHost } from '../../../commands/engine/runs/wait-for-answer.ts';
import { readTimeLeft } from '../../../db/work/runs/read-time-left.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { beatHost } from '../../support/mission-crew.ts';
import { type InternalCrew, startInternal } from '../../support/sidecar-api.ts';
import { soon } from '../../support/soon.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { signedIn } from '../../support/world/signed-in.ts';
import { DONE } from '../missions/play-mission.ts';

/** Attempts that wait at once: 200 by hand. */
const MANY = Number(process.env.CREWSHIP_TEST_WAITING ?? 30);
/** Of all workspaces; the last eighth is not for one that has more than a few. */
const MAX_WAITING = 2 * MANY;
const MOST_OF_ONE = MAX_WAITING - Math.floor(MAX_WAITING / 8);
const HOST = 'test-host';
/** What a busy machine may add to a few milliseconds. */
const SLACK_MS = 250;

const internal = perFile(() => startInternal('waiting', { maxWaitingRuns: MAX_WAITING }));
const crew = perTest(() => internal.addCrew());
beforeEach(() => setPlaces(8));

/** The places of host, crews and agents, those of a crew included that is made later. */
async function setPlaces(host: number, others = 1_000): Promise<void> {
  await internal.api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE slot_scopes SET capacity = ${others} WHERE kind <> 'host'`),
  );
  await beatHost(internal.api, host);
}

async function queue(of: InternalCrew, count = 1, agentId = of.lead.id): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  await internal.api.database.transaction({ workspaceIds: [of.workspaceId] }, async (tx) => {
    for (const id of ids) {
      await tx.execute(sql`
        INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, chat_id, trigger_type, timeout_ms, queued_at)
        VALUES (${id}, ${of.workspaceId}, ${agentId}, ${of.crewId}, ${HOST}, ${of.missionId}, 'USER', 20_000,
          clock_timestamp())`);
    }
    await admitRuns(tx, HOST);
  });
  return ids;
}

const begin = (of: InternalCrew, ids: readonly string[]) =>
  of.write(sql`
    UPDATE runs SET status = 'RUNNING', started_at = clock_timestamp(),
      deadline_at = clock_timestamp() + timeout_ms * interval '1 millisecond'
    WHERE id = ANY (${sql.array([...ids], 'text')}) AND status = 'ADMITTED'`);

const end = (of: InternalCrew, id: string) =>
  settleRunRow(internal.api.database, { workspaceId: of.workspaceId, id, generation: 0 }, DONE);

/** How long somebody else's run takes to have a place. */
async function admitOne(of: InternalCrew): Promise<number> {
  const startedAt = performance.now();
  const [id] = await queue(of);
  expect(await statusOf(of, id!)).toBe('ADMITTED');
  const tookMs = performance.now() - startedAt;
  await end(of, id!);
  return tookMs;
}

async function statusOf(of: InternalCrew, id: string): Promise<string> {
  const [run] = await of.rows<{ status: string }>(sql`SELECT status FROM runs WHERE id = ${id}`);
  return run!.status;
}

async function places(of: InternalCrew): Promise<Record<string, number>> {
  const rows = await internal.api.database.systemReads.any<{ kind: string; in_use: number }>(
    [],
    sql`SELECT kind, in_use FROM slot_scopes WHERE id IN (${HOST}, ${of.crewId}, ${of.lead.id})`,
  );
  return Object.fromEntries(rows.map(({ kind, in_use: inUse }) => [kind, inUse]));
}

/** An attempt asks people something and waits. */
async function askAndWait(of: InternalCrew, runId: string) {
  const body = { from_slug: of.lead.slug, reason: 'May I?', chat_id: of.missionId };
  const headers = of.runHeaders(runId);
  const { body: opened } = await of.call({ path: '/api/v1/internal/escalations', body, headers });
  const id = opened.escalation_id as string;
  return { id, answered: of.call({ path: `/api/v1/internal/escalations/${id}/wait`, headers }) };
}

const answer = (of: InternalCrew, id: string) =>
  of.owner.patch(`/api/v1/escalations/${id}/resolve`, { resolution: 'Yes' });

test('whoever waits for people holds no place; all go on with their answers, and nobody is admitted until there is room', async () => {
  const other = await internal.addCrew();
  await setPlaces(MANY);
  const usualMs = await admitOne(other);
  const ids = await queue(crew, MANY);
  await begin(crew, ids);
  await setPlaces(2);
  const [late] = await queue(other);
  expect(await statusOf(other, late!)).toBe('QUEUED');
  const asked = await Promise.all(ids.map((id) => askAndWait(crew, id)));
  await soon(async () => expect(await places(crew)).toEqual({ host: 1, crew: 0, agent: 0 }));
  // The first that gave its place back made room.
  expect(await statusOf(other, late!)).toBe('ADMITTED');
  const { hosts } = await crew.owner.get<{ hosts: { id: string; waiting_for_answers: number }[] }>('/capacity');
  expect(hosts.find(({ id }) => id === HOST)).toMatchObject({ in_use: 1, waiting_for_answers: MANY });
  await end(other, late!);
  const admittedInMs = await admitOne(other);
  expect(admittedInMs).toBeLessThan(2 * usualMs + SLACK_MS);

  const answeredAt = performance.now();
  for (const { id } of asked) await answer(crew, id);
  await internal.deliverWakes();
  const answers = await Promise.all(asked.map(({ answered }) => answered));
  const resumedInMs = performance.now() - answeredAt;
  expect(resumedInMs).toBeLessThan(60_000);
  expect(answers.map(({ body }) => body.status)).toEqual(ids.map(() => 'RESOLVED'));
  expect(await places(crew)).toEqual({ host: MANY, crew: MANY, agent: MANY });
  const [next] = await queue(other);
  for (const id of ids.slice(0, -1)) {
    expect(await statusOf(other, next!)).toBe((await places(crew)).host! < 2 ? 'ADMITTED' : 'QUEUED');
    await end(crew, id);
  }
  await end(crew, ids.at(-1)!);
  expect(await statusOf(other, next!)).toBe('ADMITTED');
  await end(other, next!);
  expect(await places(crew)).toEqual({ host: 0, crew: 0, agent: 0 });
  process.stderr.write(
    `${MANY} waited: others admitted in ${admittedInMs.toFixed(0)} ms (${usualMs.toFixed(0)} without), ` +
      `all on in ${resumedInMs.toFixed(0)} ms\n`,
  );
});

test('the time of an attempt stands while people think, and the journal says how long', async () => {
  const [id] = await queue(crew);
  await begin(crew, [id!]);
  // Its time would be up long before the answer.
  await crew.write(
    sql`UPDATE runs SET deadline_at = clock_timestamp() + interval '2500 milliseconds' WHERE id = ${id!}`,
  );
  const { id: asked, answered } = await askAndWait(crew, id!);
  const address = { workspaceId: crew.workspaceId, id: id!, generation: 0 };
  await soon(async () =>
    expect(await crew.rows(sql`SELECT 1 FROM runs WHERE id = ${id!} AND waiting_since IS NOT NULL`)).toHaveLength(1),
  );
  await soon(async () =>
    expect(await crew.rows(sql`SELECT 1 FROM runs WHERE id = ${id!} AND deadline_at < clock_timestamp()`)).toHaveLength(
      1,
    ),
  );
  const left = await readTimeLeft(internal.api.database, address);
  expect(left).toBeGreaterThan(0);
  await answer(crew, asked);
  await internal.deliverWakes();
  expect((await answered).body).toMatchObject({ status: 'RESOLVED' });
  const [run] = await crew.rows<{ left_ms: number }>(sql`
    SELECT (extract(epoch FROM deadline_at - clock_timestamp()) * 1000)::bigint AS left_ms
    FROM runs WHERE id = ${id!}`);
  expect(run!.left_ms).toBeGreaterThan(0);
  const entries = await crew.rows<{ entry_type: string; payload: { stood_ms?: number } }>(sql`
    SELECT entry_type, payload FROM journal_entries
    WHERE trace_id = ${id!} AND entry_type IN ('run.waiting', 'run.resumed') ORDER BY ts, id`);
  expect(entries.map(({ entry_type: type }) => type)).toEqual(['run.waiting', 'run.resumed']);
  expect(entries[1]!.payload.stood_ms).toBeGreaterThan(2_000);
  await end(crew, id!);
});

test('who waits for an approval holds no place either, and has it again with the decision', async () => {
  const [id] = await queue(crew);
  await begin(crew, [id!]);
  const headers = crew.runHeaders(id!);
  const path = '/api/v1/internal/approvals';
  const body = { kind: 'tool_call', reason: 'To answer', payload: { tool: 'mail', arguments: {} } };
  const { approval_id: approvalId } = (await crew.call({ path, body, headers })).body;
  const waiting = crew.call({ path: `${path}/${approvalId}/wait`, body: {}, headers });
  await soon(async () => expect(await places(crew)).toEqual({ host: 0, crew: 0, agent: 0 }));
  const admin = signedIn(internal.api, await internal.api.addMember(crew.workspaceId, 'ADMIN'), crew.workspaceId);
  expect((await admin.ask('POST', `/approvals/${approvalId}/decide`, { status: 'approved' })).status).toBe(200);
  await internal.deliverWakes();
  expect((await waiting).body).toMatchObject({ proceed: true });
  expect(await places(crew)).toEqual({ host: 1, crew: 1, agent: 1 });
  await end(crew, id!);
});

test('an agent that asks another one makes room for it, whatever the number of places', async () => {
  const [id] = await queue(crew);
  await begin(crew, [id!]);
  await setPlaces(1, 1);
  const asking = crew.call({
    path: '/api/v1/internal/queries',
    body: { target_slug: crew.agents[0]!.slug, question: 'How far?', chat_id: crew.missionId, timeout_seconds: 60 },
    headers: crew.runHeaders(id!),
  });
  const asked = await soon(async () => {
    const [run] = await crew.rows<{ id: string }>(sql`
      SELECT id FROM runs WHERE trigger_type = 'QUERY' AND status = 'ADMITTED'`);
    expect(run).toBeDefined();
    return run!.id;
  });
  await begin(crew, [asked]);
  await end(crew, asked);
  await internal.deliverWakes();
  expect((await asking).body).toMatchObject({ status: 'COMPLETED', response: 'done' });
  expect(await places(crew)).toEqual({ host: 1, crew: 1, agent: 1 });
  await end(crew, id!);
});

test('so many wait without a place, others may still, and one that ends meanwhile gives nothing back', async () => {
  await setPlaces(MOST_OF_ONE + 2);
  const ids = await queue(crew, MOST_OF_ONE + 1);
  await begin(crew, ids);
  const asked = await Promise.all(ids.map((id) => askAndWait(crew, id)));
  await soon(async () => expect((await places(crew)).host).toBe(1));
  const other = await internal.addCrew();
  const [late] = await queue(other);
  await begin(other, [late!]);
  const askedLate = await askAndWait(other, late!);
  await soon(async () => expect(await places(other)).toMatchObject({ host: 1, crew: 0 }));
  await end(other, late!);
  for (const id of ids) await end(crew, id);
  await internal.deliverWakes();
  const answers = await Promise.all(asked.map(({ answered }) => answered));
  expect(new Set(answers.map(({ body }) => body.status))).toEqual(new Set(['CANCELLED']));
  expect((await askedLate.answered).body.status).toBe('CANCELLED');
  expect(await places(crew)).toEqual({ host: 0, crew: 0, agent: 0 });
});

test('what waited in a process that died goes on when the next one starts', async () => {
  const [id] = await queue(crew);
  await begin(crew, [id!]);
  await internal.api.database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    tx.any(sql`SELECT crewship_start_waiting(${id!}, 0, 300000, NULL)`),
  );
  expect((await places(crew)).host).toBe(0);
  await stopWaitingOnHost(internal.api.database, HOST);
  expect((await places(crew)).host).toBe(1);
  await stopWaitingOnHost(internal.api.database, HOST);
  expect((await places(crew)).host).toBe(1);
  await end(crew, id!);
});
