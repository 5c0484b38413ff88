import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { createWaiters, type WaitEnd, type Waiters } from '../../../api/http/waits/waiters.ts';
import { readWaitedEscalations, type WaitedEscalation } from '../../../db/people/escalations/read-escalations.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createWakeBus, type WakeBus } from '../../../platform/bus/wake-bus.ts';
import { openTcpGate } from '../../platform/bus/tcp-gate.ts';
import { startTestRedis } from '../../platform/bus/test-redis.ts';
import { addCrew, addMission, type ApiCrew, startApiWithHost } from '../../support/mission-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { soon } from '../../support/soon.ts';

const log = { info() {}, warn() {} };
let crews: (ApiCrew & { missionId: string })[];

const redis = perFile(() => startTestRedis('waiters'));
const api = perFile(() => startApiWithHost());
beforeAll(async () => {
  crews = [];
  for (let n = 0; n < 2; n += 1) {
    const crew = await addCrew(api);
    crews.push({ ...crew, missionId: (await addMission(crew)).id });
  }
});

/** Questions by the thousand, split over the two workspaces. */
async function addQuestions(count: number): Promise<{ id: string; workspaceId: string }[]> {
  const made: { id: string; workspaceId: string }[] = [];
  for (const [n, crew] of crews.entries()) {
    const ids = Array.from({ length: Math.ceil((count - n) / crews.length) }, () => newId());
    await crew.write(sql`
        INSERT INTO escalations (id, workspace_id, crew_id, chat_id, from_name, from_slug, reason, deadline_at,
          answer_deadline_at)
        SELECT id, ${crew.workspaceId}, ${crew.crewId}, ${crew.missionId}, 'lead', 'lead', 'Which way?',
          now() + interval '300 seconds', now() + interval '7 days'
        FROM unnest(${sql.array(ids, 'text')}) AS id`);
    made.push(...ids.map((id) => ({ id, workspaceId: crew.workspaceId })));
  }
  return made;
}

async function resolveAll(questions: readonly { id: string }[]): Promise<void> {
  await api.database.transaction({ workspaceIds: crews.map((crew) => crew.workspaceId) }, async (tx) => {
    await tx.execute(sql`
      UPDATE escalations SET status = 'RESOLVED', resolution = 'Left', action = 'approve'
      WHERE id = ANY (${sql.array(
        questions.map((question) => question.id),
        'text',
      )})`);
  });
}

function openWaiters(maxWaiters = 10_000): { waiters: Waiters<WaitedEscalation>; queries: () => number } {
  let queries = 0;
  const waiters = createWaiters({
    read(workspaceIds, ids) {
      queries += 1;
      return readWaitedEscalations(api.database.reads, workspaceIds, ids);
    },
    maxWaiters,
    log,
  });
  return { waiters, queries: () => queries };
}

function waitFor(
  waiters: Waiters<WaitedEscalation>,
  question: { id: string; workspaceId: string },
  signal: AbortSignal = new AbortController().signal,
): Promise<WaitEnd<string>> {
  return waiters.wait<string>({
    ...question,
    signal,
    judge: (row) =>
      row === null
        ? { answer: 'GONE' }
        : row.status === 'PENDING'
          ? { lookAgainInMs: row.agent_left_ms }
          : { answer: row.status },
  });
}

async function connect(waiters: Waiters<WaitedEscalation>, redisUrl = redis.redisUrl, namespace = randomUUID()) {
  const bus: WakeBus = createWakeBus({ redisUrl, namespace, log });
  let joins = 0;
  await bus.subscribe({
    onWake: (wake) => waiters.wake(wake.id),
    onReconnect: () => {
      joins += 1;
      waiters.wakeAll();
    },
  });
  return { bus, namespace, joins: () => joins };
}

const resolved = { kind: 'answer', answer: 'RESOLVED' };

test('a thousand clients of one question cost one query to park and one to wake', async () => {
  const { waiters, queries } = openWaiters();
  const { bus } = await connect(waiters);
  const [question] = await addQuestions(1);
  const parked = Array.from({ length: 1_000 }, () => waitFor(waiters, question!));
  await soon(() => expect(queries()).toBe(1));
  await resolveAll([question!]);
  await bus.publish({ topic: 'escalation', ...question! });
  expect(new Set((await Promise.all(parked)).map((end) => JSON.stringify(end)))).toEqual(
    new Set([JSON.stringify(resolved)]),
  );
  expect(queries()).toBe(2);
  expect(waiters.size).toBe(0);
  await bus.close();
});

test('a thousand questions of two workspaces answered at once cost a handful of queries', async () => {
  const { waiters, queries } = openWaiters();
  const { bus } = await connect(waiters);
  const questions = await addQuestions(1_000);
  const parked = questions.map((question) => waitFor(waiters, question));
  await soon(() => expect(queries()).toBe(1));
  await resolveAll(questions);
  await Promise.all(questions.map((question) => bus.publish({ topic: 'escalation', ...question })));
  for (const end of await Promise.all(parked)) expect(end).toEqual(resolved);
  expect(queries()).toBeLessThan(50);
  await bus.close();
});

test('a wake lost while the bus was away is made up for when it is back', async () => {
  const target = new URL(redis.redisUrl);
  const gate = await openTcpGate({ host: target.hostname, port: Number(target.port) });
  target.host = `127.0.0.1:${gate.port}`;
  const { waiters, queries } = openWaiters();
  const { bus, namespace, joins } = await connect(waiters, target.toString());
  const questions = await addQuestions(50);
  const parked = questions.map((question) => waitFor(waiters, question));
  await soon(() => expect(queries()).toBe(1));
  await gate.shut();
  await resolveAll(questions);
  const other = createWakeBus({ redisUrl: redis.redisUrl, namespace, log });
  for (const question of questions) await other.publish({ topic: 'escalation', ...question });
  expect(waiters.size).toBe(50);
  await gate.open();
  for (const end of await Promise.all(parked)) expect(end).toEqual(resolved);
  expect([joins(), queries()]).toEqual([2, 2]);
  await other.close();
  await bus.close();
  await gate.shut();
});

test('a row of another workspace is no row', async () => {
  const { waiters } = openWaiters();
  const questions = await addQuestions(2);
  const [first, second] = questions;
  const foreign = { id: first!.id, workspaceId: second!.workspaceId };
  // In one batch with its owner's, so that the row is in sight of the query.
  const rightful = waitFor(waiters, first!);
  expect(await waitFor(waiters, foreign)).toEqual({ kind: 'answer', answer: 'GONE' });
  expect(waiters.size).toBe(1);
  waiters.close();
  await expect(rightful).rejects.toMatchObject({ code: 'unavailable' });
});

test('an answer that comes between two readings is not missed', async () => {
  const { waiters } = openWaiters();
  const questions = await addQuestions(200);
  const parked = questions.map((question) => waitFor(waiters, question));
  await resolveAll(questions);
  for (const question of questions) waiters.wake(question.id);
  for (const end of await Promise.all(parked)) expect(end).toEqual(resolved);
});
