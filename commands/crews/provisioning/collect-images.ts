import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { HeldImage } from '../../../db/crews/provisioning/held-image.ts';
import { giveUpImage } from './remove-image.ts';

/** The daemon has none of it any more. */
export async function endImageRemoval(db: Database, hostId: string, imageId: string): Promise<void> {
  await db.systemTransaction({}, (tx) =>
    tx.execute(sql`DELETE FROM image_removals WHERE host_id = ${hostId} AND image_id = ${imageId}`),
  );
}

/** Gives up an image that nobody needs; false when somebody does by now. */
export async function collectImage(db: Database, hostId: string, image: HeldImage): Promise<boolean> {
  return db.systemTransaction({}, async (tx) => {
    // Whoever is being given the image holds its row, and after this lock nobody is.
    await tx.execute(sql`
      SELECT 1 FROM cached_images WHERE host_id = ${hostId} AND image_id = ${image.imageId} FOR UPDATE`);
    const needed = await tx.maybeOne(sql`
      SELECT 1 FROM crews c WHERE c.host_id = ${hostId} AND c.deleted_at IS NULL
        AND (c.cached_image_id = ${image.imageId} OR c.container_image_id = ${image.imageId})
      UNION ALL SELECT 1 FROM image_builds b WHERE b.host_id = ${hostId} AND b.config_hash = ${image.configHash}
        AND b.status IN ('queued', 'running') LIMIT 1`);
    if (needed !== null) return false;
    await giveUpImage(
      tx,
      { host_id: hostId, image_id: image.imageId, config_hash: image.configHash },
      { tag: image.tag, actor: systemActor(), reason: 'unreferenced' },
    );
    return true;
  });
}
