import { beforeEach, expect, test } from 'vitest';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { recordExec } from '../../../commands/engine/runs/begin-run.ts';
import { readRunExecution, runConfigOf } from '../../../db/work/runs/read-run-execution.ts';
import { turnsPlayedIn } from '../../conversations/chats/played-turns.ts';
import { addCrew, beatHost, bringCrewUp, PLAYED_CONTAINER } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { eventually } from '../../support/test-crew.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const world = perFile(async () => {
  const testDatabase = await createTestDatabase();
  const engine = await createTestEngine({ processes: ['control'], database: testDatabase });
  const api = await startTestApi({ over: testDatabase });
  return {
    api,
    engine,
    nudge: () => engine.db.systemTransaction({}, async (tx) => tx.touchOutbox()),
    async close() {
      await api.close();
      await engine.close();
    },
  };
});
const crew = perTest(() => addCrew(world.api));
beforeEach(async () => {
  await beatHost(world.api, 1_000);
  await bringCrewUp(crew);
});
const play = turnsPlayedIn(() => world.api.database);
const steps = (...kinds: readonly string[]) =>
  ['run', ...kinds].map((kind) => ({
    id: kind,
    kind,
    enabled: true,
    ...(kind === 'review' ? { timeout_s: 3_600 } : {}),
  }));
const put = (policy: object, version = 0) => crew.owner.put('/pipeline-policy', { ...policy, version });

interface Check {
  readonly id: string;
  readonly status: string;
  readonly error_code: string | null;
  readonly result: {
    readonly log_id: string | null;
    readonly passed: boolean | null;
    readonly review_item_id: string | null;
  };
}
/** A turn that is answered so, in a session of its own or one that is there. */
async function turnAnswered(text: string, session: object = {}): Promise<Turn> {
  const turn = await crew.owner.post<Turn>('/chat', { message: 'Well?', wait_s: 0, ...session }, 202);
  const address = { workspaceId: crew.workspaceId, id: turn.run_id, generation: 0 };
  const config = runConfigOf((await readRunExecution(world.api.database, address))!);
  const exec = { containerId: PLAYED_CONTAINER, execId: `e-${turn.run_id}`, config };
  expect(await recordExec(world.api.database, address, exec)).toBe(true);
  await play.end(crew.workspaceId, turn, { summary: text });
  await world.nudge();
  return turn;
}
const checksOf = (turn: Turn) =>
  crew.rows<Check>(sql`
    SELECT id, status, error_code, result FROM jobs
    WHERE kind = 'pipeline.check' AND subject_id = ${turn.run_id}`);
/** The checks of a turn's answer once they are over. */
const overChecksOf = (turn: Turn) =>
  eventually(
    () => checksOf(turn),
    (checks) => checks.every(({ status }) => ['completed', 'failed', 'cancelled'].includes(status)),
  );
const answer = async (text: string) => overChecksOf(await turnAnswered(text));

test('answers are validated, and what does not pass is put before people, with its score', async () => {
  const validation = { checks: [{ kind: 'banned_terms', terms: ['secret'] }], pass_score: 0.5, judge: null };
  expect(await answer('a secret')).toEqual([]);
  await put({ steps: steps('validate', 'review'), validation });
  const [good] = await answer('all is well');
  expect(good).toMatchObject({ status: 'completed', result: { passed: true, review_item_id: null } });
  const [bad] = await answer('a secret');
  expect(bad).toMatchObject({ status: 'completed', result: { passed: false } });
  const logs = await crew.owner.get<{ items: { id: string; passed: boolean }[] }>('/validation/logs');
  expect(logs.items.map(({ passed }) => passed)).toEqual([false, true]);
  const item = await crew.owner.get<{ due_at: string | null }>(`/review/queue/${bad!.result.review_item_id!}`);
  expect(item).toMatchObject({
    ...{ kind: 'answer', status: 'pending', score: 0, content: 'a secret', submitted_by: crew.owner.id },
    subject: { type: 'message' },
  });
  // Its words alone: the session is as private as before.
  const manager = await world.api.addMember(crew.workspaceId, 'MANAGER');
  const url = `/review/queue/${bad!.result.review_item_id!}`;
  expect(await manager.get(url)).toMatchObject({ content: 'a secret', session_id: null });
  for (const who of [manager, crew.owner]) expect((await who.ask('GET', `${url}/transcript`)).status).toBe(404);
  expect(Date.parse(item.due_at!)).toBeGreaterThan(Date.now() + 3_000_000);

  await put({ steps: steps('review'), review_required: true }, 1);
  const [always] = await answer('all is well');
  expect(always).toMatchObject({ result: { log_id: null, passed: null } });
  expect(always!.result.review_item_id).not.toBeNull();
  await put({ steps: steps() }, 2);
  expect(await answer('a secret')).toEqual([]);
});

test('a turn is over before its checks begin, and whatever becomes of them', async () => {
  const validation = { checks: [{ kind: 'banned_terms', terms: ['secret'] }], pass_score: 0.5, judge: null };
  await put({ steps: steps('validate'), validation });
  const turnStatus = (turn: Turn) => crew.owner.get(`/agent-jobs/${turn.job_id}`);
  await world.engine.processes.get('control')!.kill();
  const first = await turnAnswered('a secret');
  expect(await turnStatus(first)).toMatchObject({ status: 'completed' });
  expect(await checksOf(first)).toMatchObject([{ status: 'queued' }]);
  // The session goes on although nobody checks.
  const session = { session_id: first.session_id };
  const second = await turnAnswered('another', session);
  const third = await turnAnswered('all is well', session);
  const [[failing], [cancelled]] = await Promise.all([checksOf(first), checksOf(second)]);
  // One whose time is up fails, and who manages ends another.
  await crew.write(sql`UPDATE jobs SET deadline_at = clock_timestamp() WHERE id = ${failing!.id}`);
  expect((await crew.owner.ask('POST', `/agent-jobs/${cancelled!.id}/cancel`)).status).toBe(202);
  await world.engine.start('control');
  expect(await overChecksOf(first)).toMatchObject([{ status: 'failed', error_code: 'deadline_passed' }]);
  expect(await overChecksOf(second)).toMatchObject([{ status: 'cancelled' }]);
  expect(await overChecksOf(third)).toMatchObject([{ status: 'completed', result: { passed: true } }]);
  for (const turn of [first, second, third]) {
    expect(await turnStatus(turn)).toMatchObject({ status: 'completed', error: null });
  }
  const read = await crew.owner.get<{ messages: { role: string; content: string }[] }>(`/sessions/${first.session_id}`);
  expect(read.messages.filter(({ role }) => role === 'assistant').map(({ content }) => content)).toEqual([
    ...['a secret', 'another', 'all is well'],
  ]);
});

test('what would have no effect is refused', async () => {
  const validation = { checks: [{ kind: 'rubric' }], pass_score: 0.5, judge: null };
  for (const [policy, path] of [
    [{ steps: steps('review') }, 'review_required'],
    [{ steps: steps(), review_required: true }, 'review_required'],
    [{ steps: steps(), validation: { ...validation, checks: [] } }, 'validation'],
    [{ steps: steps('validate'), validation }, 'validation.judge'],
  ] as const) {
    const refused = await crew.owner.ask('PUT', '/pipeline-policy', policy);
    expect([refused.status, JSON.stringify(refused.body)], path).toEqual([400, expect.stringContaining(`"${path}"`)]);
  }
});
