import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { Database } from '../../kernel/database.ts';
import { type BuildRow, isActive, lockBuild } from './build-row.ts';

/** The build that is over and whose leftovers are to be removed; null when there is nothing to do. */
export async function readBuildToClean(
  db: Database,
  address: WorkflowAddress,
): Promise<Pick<BuildRow, 'id' | 'status'> | null> {
  return db.systemTransaction({}, async (tx) => {
    const build = await lockBuild(tx, address);
    return build === null || isActive(build) || build.closed_at !== null ? null : build;
  });
}
