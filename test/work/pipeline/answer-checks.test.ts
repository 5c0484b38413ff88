import { beforeEach, expect, test } from 'vitest';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { recordExec } from '../../../commands/engine/runs/begin-run.ts';
import { readRunExecution, runConfigOf } from '../../../db/work/runs/read-run-execution.ts';
import { turnsPlayedIn } from '../../conversations/chats/played-turns.ts';
import { addCrew, beatHost } from '../../support/mission-crew.ts';
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
beforeEach(() => beatHost(world.api, 1_000));
const crew = perTest(() => addCrew(world.api));
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
  readonly result: {
    readonly log_id: string | null;
    readonly passed: boolean | null;
    readonly review_item_id: string | null;
  };
}
/** A turn that is answered so, and the checks of its answer once they are over. */
async function answer(text: string): Promise<readonly Check[]> {
  const turn = await crew.owner.post<Turn>('/chat', { message: 'Well?', wait_s: 0 }, 202);
  const address = { workspaceId: crew.workspaceId, id: turn.run_id, generation: 0 };
  const config = runConfigOf((await readRunExecution(world.api.database, address))!);
  await recordExec(world.api.database, address, { containerId: 'c', execId: `e-${turn.run_id}`, config });
  await play.end(crew.workspaceId, turn, { summary: text });
  await world.nudge();
  return eventually(
    () =>
      crew.rows<Check>(sql`
        SELECT id, status, result FROM jobs WHERE kind = 'pipeline.check' AND subject_id = ${turn.run_id}`),
    (checks) => checks.every(({ status }) => status === 'completed' || status === 'failed'),
  );
}

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
  expect(Date.parse(item.due_at!)).toBeGreaterThan(Date.now() + 3_000_000);

  await put({ steps: steps('review'), review_required: true }, 1);
  const [always] = await answer('all is well');
  expect(always).toMatchObject({ result: { log_id: null, passed: null } });
  expect(always!.result.review_item_id).not.toBeNull();
  await put({ steps: steps() }, 2);
  expect(await answer('a secret')).toEqual([]);
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
