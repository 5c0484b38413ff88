import { storeJobResult } from '../../../commands/engine/jobs/job-work.ts';
import { countOldSeals, resealSecrets } from '../../../commands/vault/credentials/reseal-secrets.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { resealJob } from '../../../domain/vault/credentials/reseal-job.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { whileAtWork } from '../../work/jobs/while-at-work.ts';

export type ResealActivities = ReturnType<typeof createResealActivities>;

/** The work of `credentials.reseal`. One that is taken again goes on with what an older key seals still. */
export function createResealActivities(deps: {
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly jobKinds: Pick<JobRegistry, 'find'>;
}) {
  const { db, keyRing } = deps;
  const kind = deps.jobKinds.find(resealJob.name);
  return {
    resealWorkspace: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async (job) => {
        const { workspaceId } = address;
        const total = await countOldSeals(db, keyRing, workspaceId);
        await resealSecrets(db, keyRing, {
          workspaceId,
          onBatch({ resealed, unopened }) {
            job.signal.throwIfAborted();
            const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * (resealed + unopened)) / total));
            job.report({ percent, message: `${resealed} of ${total} sealed` });
          },
        });
        const result = { key: keyRing.currentPrefix.slice(0, -1), left: await countOldSeals(db, keyRing, workspaceId) };
        await db.transaction(workflowScope(address), (tx) => storeJobResult(tx, address, kind!, result));
      }),
  };
}
