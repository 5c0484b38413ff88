import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { BUILD_STEPS } from '../../../domain/crews/provisioning/build-spec.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { lockBuild } from '../../../db/crews/provisioning/build-row.ts';
import { wantedFresh } from '../../../db/crews/provisioning/registry-images.ts';

export const TAKEN_MESSAGE = 'taken from the registry';

/**
 * The build has its image without any of its steps but the last. False: it is over or elsewhere, or somebody joined it
 * meanwhile who wants it built.
 */
export async function skipToTag(
  db: Database,
  address: WorkflowAddress,
  image: { readonly imageId: string; readonly sizeBytes: number },
): Promise<boolean> {
  return db.systemTransaction({}, async (tx) => {
    const build = await lockBuild(tx, address);
    if (build === null || build.status !== 'running' || build.steps_done !== 0) return false;
    const { fresh } = await tx.one<{ fresh: boolean }>(sql`SELECT ${wantedFresh(build.id)} AS fresh`);
    if (fresh) return false;
    await tx.execute(sql`
      UPDATE image_builds SET source = 'registry', steps_done = ${BUILD_STEPS.indexOf('tag')},
        message = ${TAKEN_MESSAGE}, step_failures = 0, error_code = NULL, error_message = NULL,
        image_id = ${image.imageId}, size_bytes = ${image.sizeBytes}, updated_at = now()
      WHERE id = ${build.id}`);
    return true;
  });
}

/** The image that was taken is not there any more: the build begins again. */
export async function unskip(db: Database, address: WorkflowAddress): Promise<void> {
  await db.systemTransaction({}, async (tx) => {
    const build = await lockBuild(tx, address);
    if (build === null || build.status !== 'running' || build.source !== 'registry') return;
    await tx.execute(sql`
      UPDATE image_builds SET source = 'built', steps_done = 0, step = NULL, image_id = NULL, size_bytes = NULL,
        restarts = restarts + 1, updated_at = now()
      WHERE id = ${build.id}`);
  });
}
