import { expect, test } from 'vitest';
import { cpuMsOf } from '../../../bench/cpu-time.ts';
import { advanceApproval } from '../../../commands/engine/approvals/end-approval.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { InternalAnswer } from '../../support/sidecar-api.ts';
import { soon } from '../../support/soon.ts';
import { eventually } from '../../support/test-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { createApprovalEngine, openApprovalWorld } from './approval-world.ts';

const engine = perFile(createApprovalEngine);
const world = perFile(() => openApprovalWorld(engine));

/** Asked of whichever API is there, as the sidecar does: under one key, until there is an answer. */
async function insist(call: () => Promise<InternalAnswer>): Promise<InternalAnswer> {
  const answer = await eventually(
    () => call().catch(() => null),
    (given) => given !== null && given.status < 500,
    60_000,
  );
  return answer!;
}

test('nobody decides: it ends on time, and its workflow closes', async () => {
  const [id] = await world.ask(1);
  await world.move(id!, 800);
  await world.workflowIs(id!, 'COMPLETED');
  expect(await world.statusOf(id!)).toBe('timeout');
  const entries = await world.rows<{ entry_type: string }>(
    sql`SELECT entry_type FROM journal_entries WHERE target_id = ${id!} ORDER BY ts`,
  );
  expect(entries.map(({ entry_type: type }) => type)).toEqual(['approval.requested', 'approval.timeout']);
});

test('a decision closes the workflow at once; a cancelled one withdraws its row; an older one changes nothing', async () => {
  const [decided, withdrawn] = (await world.ask(2)) as [string, string];
  await Promise.all([decided, withdrawn].map((id) => world.workflowIs(id, 'RUNNING')));
  const old = await advanceApproval(engine.db, { workspaceId: world.workspaceId, id: decided, generation: 0 });
  expect(old).toMatchObject({ kind: 'closed', status: 'pending' });
  await world.decide(decided);
  await world.workflowIs(decided, 'COMPLETED');
  await world.workflow(withdrawn).cancel();
  await soon(async () => expect(await world.statusOf(withdrawn)).toBe('cancelled'));
});

test('kill -9 of API and control between question and decision: each decision reaches its agent once', async () => {
  await world.serve();
  const keys = Array.from({ length: 30 }, (_, i) => `run-${Math.floor(i / 3)}-step-${i % 3}`);
  const asked = keys.map((key) => insist(() => world.request(key)));
  await engine.processes.get('api')!.kill();
  await engine.start('api');
  const ids = (await Promise.all(asked)).map(({ body }) => body.approval_id as string);
  expect(new Set(ids).size).toBe(keys.length);

  const told = ids.map((id) => insist(() => world.wait(id)));
  const shuffled = [...ids].sort((a, b) => (a.slice(-3) < b.slice(-3) ? -1 : 1));
  for (const [i, id] of shuffled.entries()) {
    await world.decide(id, { verdict: i % 2 === 0 ? 'approved' : 'denied', comment: id });
    if (i === 10) await Promise.all(['api', 'control'].map((name) => engine.processes.get(name)!.kill()));
  }
  await Promise.all([engine.start('api'), engine.start('control')]);
  const answers = await Promise.all(told);
  expect(answers.map(({ body }) => [body.approval_id, body.comment])).toEqual(ids.map((id) => [id, id]));
  expect(answers.filter(({ body }) => body.proceed === true).length).toBe(15);
  const again = await Promise.all(ids.map((id) => insist(() => world.take(id, `again-${id}`))));
  expect(again.every(({ status, body }) => status === 409 && body.reason === 'already_consumed')).toBe(true);
  const [counted] = await world.rows<{ entries: number; open: number }>(sql`
      SELECT count(*) AS entries, (
        SELECT count(*) FROM inbox_items WHERE resolved_at IS NULL AND subject_id = ANY (${sql.array(ids, 'text')})
      ) AS open
      FROM journal_entries WHERE entry_type = 'approval.consumed' AND target_id = ANY (${sql.array(ids, 'text')})`);
  expect(counted).toEqual({ entries: 30, open: 0 });
  await Promise.all(ids.map((id) => world.workflowIs(id, 'COMPLETED')));
}, 60_000);

test('a thousand that wait cost nothing while nothing happens', async () => {
  await world.serve();
  const used = () => cpuMsOf(engine.processes.get('api')!.pid) + cpuMsOf(engine.processes.get('control')!.pid);
  const perSecond = async () => {
    const [before, from] = [used(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    return ((used() - before) * 1_000) / (performance.now() - from);
  };
  const ids = [...(await world.fill(950)), ...(await world.ask(50))];
  const parked = ids.map((id) => world.wait(id).catch(() => null));
  await world.workflowIs(ids.at(-1)!, 'RUNNING');
  await eventually(perSecond, (milliseconds) => milliseconds < 50, 20_000);
  const last = ids.at(-1)!;
  await world.decide(last);
  expect((await parked.at(-1))?.body).toMatchObject({ approval_id: last, decision: 'approved' });
  await engine.processes.get('api')!.kill();
  await Promise.all(parked);
}, 60_000);
