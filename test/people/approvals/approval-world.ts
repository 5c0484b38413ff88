import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { decideApproval } from '../../../commands/engine/approvals/decide-approval.ts';
import { requestApproval } from '../../../commands/engine/approvals/request-approval.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { Decision } from '../../../domain/people/approvals/approval.ts';
import { createInternalTokens } from '../../../platform/internal-tokens/internal-tokens.ts';
import { callSocket, TEST_MASTER, untilServed } from '../../support/sidecar-api.ts';
import { createTestCrew, eventually } from '../../support/test-crew.ts';
import { createTestEngine, type TestEngine } from '../../support/test-engine.ts';

const DECIDER = 'the-decider';

export const createApprovalEngine = () =>
  createTestEngine({ processes: ['api', 'control'], env: { CREWSHIP_INTERNAL_TOKEN: TEST_MASTER } });

/** A crew whose agents ask over its socket, and somebody who decides. */
export async function openApprovalWorld(engine: TestEngine) {
  const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] } });
  const { workspaceId, crewId, leadId } = crew;
  const directory = path.join(engine.dataDir, 'hosts', engine.stackId, 'sockets', crewId);
  const socketPath = path.join(directory, 'api.sock');
  const token = createInternalTokens([TEST_MASTER]).issue({ kind: 'crew', workspaceId, crewId });
  await engine.db.systemTransaction({}, async (tx) => {
    await tx.execute(sql`
      INSERT INTO users (id, email, username, full_name) VALUES (${DECIDER}, 'd@example.com', ${DECIDER}, 'Decider')`);
    await tx.execute(sql`
      INSERT INTO memberships (id, workspace_id, user_id, role)
        VALUES (${DECIDER}, ${workspaceId}, ${DECIDER}, 'ADMIN')`);
  });
  const inWorkspace = <Result>(run: (tx: Tx) => Promise<Result>) =>
    engine.db.transaction({ workspaceIds: [workspaceId] }, run);
  const call = (url: string, body: object, key: string) =>
    callSocket(socketPath, {
      path: `/api/v1/internal/approvals${url}`,
      token,
      body,
      headers: { 'idempotency-key': key },
    });
  const workflow = (id: string) => engine.temporal.client.workflow.getHandle(`approval-${id}-1`);
  const workflowIs = (id: string, wanted: string) =>
    eventually(
      () =>
        workflow(id)
          .describe()
          .then(
            (found) => String(found.status.name),
            () => 'none',
          ),
      (status) => status === wanted,
      60_000,
    );
  return {
    ...crew,
    workflow,
    workflowIs,
    async serve(): Promise<void> {
      await mkdir(directory, { mode: 0o750, recursive: true });
      await untilServed(socketPath);
    },
    /** Asks as an agent does, of whichever API is there. */
    request: (key: string, more: object = {}) =>
      call('', { kind: 'custom', reason: 'May I?', agent_id: leadId, key, ...more }, `ask-${key}`),
    wait: (id: string) => call(`/${id}/wait`, {}, `wait-${id}`),
    take: (id: string, key: string) => call(`/${id}/wait`, {}, key),
    /** Many in one transaction. */
    ask: (count: number, seconds = 3_600) =>
      inWorkspace(async (tx) => {
        const ids: string[] = [];
        for (let i = 0; i < count; i += 1) {
          const asked = { workspaceId, crewId, agentId: leadId, runId: null, openedBy: null, key: null, seconds };
          const { id } = await requestApproval(
            tx,
            { ...asked, kind: 'custom', reason: 'May I?', payload: {} },
            systemActor(),
          );
          ids.push(id);
        }
        return ids;
      }),
    /** As many rows that nothing drives. */
    fill: async (count: number) => {
      await crew.write(sql`
        INSERT INTO approvals (id, workspace_id, crew_id, agent_id, kind, subject_type, subject_id, reason,
          required_authority, deadline_at)
        SELECT 'filled-' || n, ${workspaceId}, ${crewId}, ${leadId}, 'custom', 'action', 'filled-' || n, 'May I?',
          'manage', now() + interval '1 hour' FROM generate_series(1, ${count}::int) n`);
      return Array.from({ length: count }, (_, i) => `filled-${i + 1}`);
    },
    decide: (id: string, decision: Partial<Decision> = {}) =>
      inWorkspace((tx) =>
        decideApproval(
          tx,
          id,
          { verdict: 'approved', comment: null, decidedBy: DECIDER, ...decision },
          { userId: DECIDER, isInstanceOperator: false, isOwner: false, how: 'person' },
          { ...systemActor(), type: 'user', id: DECIDER },
        ),
      ),
    move: (id: string, fromNowMs: number) =>
      crew.write(sql`
        UPDATE approvals SET deadline_at = clock_timestamp() + ${fromNowMs} * interval '1 millisecond'
        WHERE id = ${id}`),
    statusOf: async (id: string) =>
      (await crew.rows<{ status: string }>(sql`SELECT status FROM approvals WHERE id = ${id}`))[0]!.status,
  };
}
