import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { EvalRun } from '../../../domain/evidence/eval/eval-run.ts';
import { METRIC_NAMES } from '../../../domain/evidence/eval/metrics.ts';
import { eventually } from '../../support/test-crew.ts';
import { connectOwner } from '../../support/test-database.ts';
import { perFile } from '../../support/world/per-file.ts';
import { reconcileNow } from '../../instance/reconcile/reconcile-fixture.ts';
import { command, createEvalWorld } from './eval-world.ts';

const world = perFile(createEvalWorld);
const database = perFile(() => connectOwner(world.api.testDatabase));

const kill = () => world.engine.processes.get('control')!.kill();
const start = () => world.engine.start('control');

type Part = 'began_at' | 'measured' | 'concluded_at';

/** Whoever writes this part of an evaluation’s row waits until all is opened. */
async function gateAt(parts: Readonly<Record<string, Part>>) {
  await database.query(`
    CREATE OR REPLACE FUNCTION wait_here() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$`);
  for (const [id, part] of Object.entries(parts)) {
    await database.query(`CREATE TRIGGER wait_${id} AFTER UPDATE OF ${part} ON eval_runs
      FOR EACH ROW WHEN (NEW.id = '${id}') EXECUTE FUNCTION wait_here()`);
  }
  const holder = await connectOwner(world.api.testDatabase);
  await holder.query('SELECT pg_advisory_lock(4711)');
  return {
    reached: () =>
      eventually(
        async () =>
          (
            await database.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
              AND wait_event = 'advisory' AND query LIKE '%eval_runs%'`)
          ).rows,
        (waiting) => waiting.length === Object.keys(parts).length,
      ),
    async open() {
      await holder.close();
      await database.query('DROP FUNCTION wait_here CASCADE');
    },
  };
}

test('kill -9 at each step of an evaluation: it is completed, and everything is said once', async () => {
  const mission = await world.mission([command(), command({ exit_code: 1 })]);
  const pair = { baseline_mission_id: mission, candidate_mission_id: mission };
  await kill();
  // Each of these writes to its row: the beginning, what a mission came to, the conclusion. The last is not held.
  const ids = [];
  for (let count = 0; count < 4; count += 1) ids.push(await world.ask('regression', pair));
  const gate = await gateAt({ [ids[0]!]: 'began_at', [ids[1]!]: 'measured', [ids[2]!]: 'concluded_at' });
  await start();
  await gate.reached();
  await kill();
  await gate.open();
  await start();
  for (const id of ids) expect(await world.over(id)).toMatchObject({ status: 'completed', result: 'no_regression' });
  for (const id of ids) {
    const entries = await world.entriesOf(id);
    const types = entries.map(({ entry_type: type }) => type).toSorted();
    expect(types).toEqual([...METRIC_NAMES.map(() => 'eval.metric'), 'eval.run_started']);
    expect(new Set(entries.map(({ payload }) => payload.metric)).size).toBe(METRIC_NAMES.length + 1);
  }
}, 120_000);

test('a cancelled evaluation shows failed with that text, before it began and while it is worked on', async () => {
  const mission = await world.mission([command()]);
  await kill();
  const early = await world.ask('replay', { mission_id: mission });
  expect(await world.owner.post<EvalRun>(`/eval/runs/${early}/cancel`, {}, 202)).toMatchObject({
    status: 'failed',
    result: 'cancelled',
  });
  expect((await world.owner.ask('POST', `/eval/runs/${early}/cancel`)).body).toMatchObject({
    status: 409,
    current_status: 'failed',
  });
  const late = await world.ask('replay', { mission_id: mission });
  const gate = await gateAt({ [late]: 'measured' });
  await start();
  await gate.reached();
  expect(await world.owner.post<EvalRun>(`/eval/runs/${late}/cancel`, {}, 202)).toMatchObject({ status: 'running' });
  await gate.open();
  await world.nudge();
  expect(await world.over(late)).toMatchObject({ status: 'failed', result: 'cancelled' });
  expect((await world.entriesOf(late)).filter(({ entry_type: type }) => type === 'eval.metric')).toEqual([]);
});

test('ten minutes of work end an evaluation, and those are counted over its workers', async () => {
  const mission = await world.mission([command()]);
  await kill();
  const id = await world.ask('replay', { mission_id: mission });
  await database.query('UPDATE eval_runs SET used_ms = 600001 WHERE id = $1', [id]);
  await start();
  expect(await world.over(id)).toMatchObject({ status: 'failed', result: 'not done within 10 minutes of work' });
});

test('an evaluation whose workflow was terminated goes on as the next generation', async () => {
  const mission = await world.mission([command()]);
  await kill();
  const id = await world.ask('replay', { mission_id: mission });
  const gate = await gateAt({ [id]: 'measured' });
  await start();
  await gate.reached();
  await world.engine.temporal.client.workflow.getHandle(`eval-${id}-1`).terminate('by hand');
  await gate.open();
  await reconcileNow(world.engine);
  expect(await world.over(id)).toMatchObject({ status: 'completed', result: 'ok' });
  const jobs = await world.engine.db.reads.any<{ kind: string; generation: number }>(
    [world.owner.workspaceId],
    sql`SELECT kind, generation FROM jobs WHERE id = ${id}`,
  );
  expect(jobs).toEqual([{ kind: 'eval', generation: 2 }]);
});
