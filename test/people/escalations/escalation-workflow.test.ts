import { beforeAll, expect, test } from 'vitest';
import { advanceEscalation, cancelEscalation } from '../../../commands/engine/escalations/close-escalation.ts';
import { openEscalation } from '../../../commands/engine/escalations/open-escalation.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { lockMissionOf, patchMission } from '../../../commands/engine/missions/mission-commands.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { createTestCrew, createTestMission, eventually } from '../../support/test-crew.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { perFile } from '../../support/world/per-file.ts';

let chatId: string;

const engine = perFile(() => createTestEngine({ processes: ['control'] }));
const crew = perFile(() => createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] } }));
beforeAll(async () => {
  chatId = (await createTestMission(engine.db, crew, {})).missionId;
});

/** A question whose people have this long. */
function open(answerInMs: number, chat = chatId): Promise<string> {
  return engine.db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    const { id } = await openEscalation(
      tx,
      {
        workspaceId: crew.workspaceId,
        crewId: crew.crewId,
        fromSlug: 'lead',
        chatId: chat,
        runId: null,
        type: 'TEXT',
        reason: 'why?',
        context: null,
        metadata: null,
      },
      orchestratorActor(),
    );
    await tx.execute(sql`
      UPDATE escalations SET answer_deadline_at = clock_timestamp() + ${answerInMs} * interval '1 millisecond'
        WHERE id = ${id}`);
    return id;
  });
}

const status = (id: string) =>
  engine.db.reads.maybeOne<{ status: string }>(
    [crew.workspaceId],
    sql`SELECT status FROM escalations WHERE id = ${id}`,
  );

const workflowStatus = async (id: string) =>
  (await engine.temporal.client.workflow.getHandle(`escalation-${id}-1`).describe()).status.name;

test('nobody answers: the row expires on time and the workflow closes', async () => {
  const id = await open(800);
  await eventually(
    () => status(id),
    (row) => row?.status === 'EXPIRED',
  );
  await eventually(
    () => workflowStatus(id),
    (name) => name === 'COMPLETED',
  );
  const entries = await crew.rows<{ state: string }>(
    sql`SELECT payload ->> 'state' AS state FROM journal_entries WHERE target_id = ${id} ORDER BY ts`,
  );
  expect(entries.map((entry) => entry.state)).toEqual(['pending', 'expired']);
});

test('a cancelled question closes its workflow at once', async () => {
  const id = await open(3_600_000);
  await eventually(
    () => workflowStatus(id).catch(() => 'none'),
    (name) => name === 'RUNNING',
  );
  await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    cancelEscalation(tx, id, orchestratorActor(), 'not needed'),
  );
  await eventually(
    () => workflowStatus(id),
    (name) => name === 'COMPLETED',
  );
});

test('a workflow of an older generation changes nothing', async () => {
  const id = await open(3_600_000);
  const step = await advanceEscalation(engine.db, { workspaceId: crew.workspaceId, id, generation: 0 });
  expect(step).toMatchObject({ kind: 'closed', status: 'PENDING' });
  expect(await status(id)).toEqual({ status: 'PENDING' });
});

test('operators find a workflow by its search attributes and read its state', async () => {
  const id = await open(3_600_000);
  const found = await eventually(
    async () => {
      const ids: string[] = [];
      const list = engine.temporal.client.workflow.list({
        query:
          `CrewshipWorkspaceId = '${crew.workspaceId}' ` +
          `AND CrewshipKind = 'escalation' AND CrewshipStatus = 'PENDING'`,
      });
      for await (const workflow of list) ids.push(workflow.workflowId);
      return ids;
    },
    (ids) => ids.includes(`escalation-${id}-1`),
  );
  expect(found).toContain(`escalation-${id}-1`);
  const state = await engine.temporal.client.workflow.getHandle(`escalation-${id}-1`).query('state');
  expect(state).toEqual({ status: 'PENDING', crewId: crew.crewId, missionId: chatId });
});

test('a mission that ended asks nothing any more', async () => {
  const { missionId } = await createTestMission(engine.db, crew, {});
  await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) =>
    patchMission(tx, await lockMissionOf(tx, null, missionId), { status: 'CANCELLED' }, orchestratorActor()),
  );
  await expect(open(1_000, missionId)).rejects.toMatchObject({
    code: 'wrong_state',
    extensions: { current_status: 'CANCELLED' },
  });
});
