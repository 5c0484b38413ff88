import { isTerminalRun } from '../../../domain/work/runs/run-status.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { releaseSlots } from '../../engine/runs/queue-runs.ts';
import { lockRun } from '../../engine/runs/settle-run.ts';
import { journalRepair } from './journal-repair.ts';

/** Gives the places that runs hold after their end to the next in line. Returns how many runs there were. */
export async function freePlacesOfEndedRuns(db: Database): Promise<number> {
  const held = await db.systemReads.any<{ id: string; workspace_id: string }>(
    [],
    sql`
      SELECT DISTINCT r.id, r.workspace_id FROM slot_leases l JOIN runs r ON r.id = l.run_id
      WHERE r.status NOT IN ('ADMITTED', 'RUNNING') ORDER BY r.id LIMIT 1000`,
  );
  for (const { id, workspace_id: workspaceId } of held) {
    await db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
      const locked = await lockRun(tx, id);
      if (locked === null || !(isTerminalRun(locked.run.status) || locked.run.status === 'QUEUED')) return;
      const { run } = locked;
      journalRepair(tx, {
        discrepancy: 'places_held',
        workspaceId,
        kind: 'run',
        id,
        crewId: run.crew_id,
        missionId: run.mission_id,
        taskId: run.task_id,
        from: 'held',
        to: 'free',
        facts: { run_status: run.status },
      });
      await releaseSlots(tx, run.id, run.host_id);
    });
  }
  return held.length;
}
