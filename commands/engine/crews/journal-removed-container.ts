import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';

/** Says once that a crew's container is removed, as an attempt's processes could not be ended in it. */
export async function journalRemovedContainer(
  db: Database,
  removed: {
    readonly workspaceId: string;
    readonly crewId: string;
    readonly containerId: string;
    readonly runId: string;
    readonly reason: 'processes_survived' | 'helper_failed';
    readonly processes: readonly string[];
  },
): Promise<void> {
  const { workspaceId, crewId, containerId, runId, reason, processes } = removed;
  const transitionId = `container-${containerId}:removed-for-${runId}`;
  await db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    if ((await tx.maybeOne(sql`SELECT 1 FROM transitions WHERE id = ${transitionId}`)) !== null) return;
    tx.journal({
      transitionId,
      type: 'container.removed',
      severity: 'error',
      actor: orchestratorActor(),
      workspaceId,
      crewId,
      targetType: 'crew',
      targetId: crewId,
      summary: `crew container removed: processes of run ${runId} could not be ended`,
      payload: { run_id: runId, container_id: containerId, reason, processes: processes.slice(0, 20) },
    });
  });
}
