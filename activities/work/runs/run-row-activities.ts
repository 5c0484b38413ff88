import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { beginRun } from '../../../commands/engine/runs/begin-run.ts';
import { requestRunCancel } from '../../../commands/engine/runs/cancel-run.ts';
import { lockRun, settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import { readTimeLeft } from '../../../db/work/runs/read-time-left.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';

/** What the run's workflow does to its row. */
export function createRunRowActivities(deps: { db: Database }) {
  return {
    beginRun: (address: WorkflowAddress) => beginRun(deps.db, address),
    /** Asked for in Temporal: the row's own cancellation. */
    cancelRun: (address: WorkflowAddress) =>
      deps.db.transaction(workflowScope(address), async (tx) => {
        if ((await lockRun(tx, address.id)) !== null) await requestRunCancel(tx, address.id, orchestratorActor());
      }),
    /**
     * The host stayed silent past the attempt's deadline: the row is settled without it. Unless the attempt has waited
     * for people meanwhile: then returns what is left of its time, in milliseconds.
     */
    async abandonRun(address: WorkflowAddress): Promise<number | void> {
      const leftMs = await readTimeLeft(deps.db, address);
      if (leftMs > 0) return leftMs;
      await settleRunRow(deps.db, address, { outcome: { kind: 'timeout' }, errorMessage: 'the host did not answer' });
    },
  };
}
