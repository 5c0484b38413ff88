import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { CachedImage, HeldImage } from '../../../db/crews/provisioning/held-image.ts';

/** Makes this the image of its configuration on its host, in place of an older one. Only for the system login. */
export async function keepCachedImage(tx: Tx, image: CachedImage & { hostId: string }): Promise<void> {
  // The daemon knows one image by a tag: a row that still claims it is of one that is gone.
  await tx.execute(sql`
    DELETE FROM cached_images
    WHERE host_id = ${image.hostId} AND tag = ${image.tag} AND config_hash <> ${image.configHash}`);
  await tx.execute(sql`
    INSERT INTO cached_images (host_id, config_hash, tag, image_id, size_bytes)
    VALUES (${image.hostId}, ${image.configHash}, ${image.tag}, ${image.imageId}, ${image.sizeBytes})
    ON CONFLICT (host_id, config_hash) DO UPDATE SET tag = excluded.tag, image_id = excluded.image_id,
      size_bytes = excluded.size_bytes, created_at = now()`);
}

/**
 * An image is not on its host any more: its row goes, and crews that had it have none, so that their next start has it
 * made again. Returns how many rows said otherwise.
 */
export async function forgetImage(db: Database, image: { hostId: string; imageId: string }): Promise<number> {
  return db.systemTransaction({}, async (tx) => {
    const crews = await tx.any<{ id: string }>(sql`
      SELECT id FROM crews WHERE host_id = ${image.hostId} AND cached_image_id = ${image.imageId}
      ORDER BY id FOR NO KEY UPDATE`);
    await tx.execute(sql`
      UPDATE crews SET cached_image = NULL, cached_image_id = NULL, cached_config_hash = NULL
      WHERE id = ANY(${sql.array(
        crews.map(({ id }) => id),
        'text',
      )}) AND cached_image_id = ${image.imageId}`);
    const rows = await tx.execute(sql`
      DELETE FROM cached_images WHERE host_id = ${image.hostId} AND image_id = ${image.imageId}`);
    return rows + crews.length;
  });
}

/**
 * Makes the rows of a host true to what its daemon holds: those of images that are gone go, and images that no row
 * knows are taken up by the hash that they carry (an older state of the database came back). `listHeld` is asked after
 * the rows were read: what a build made in between is held, and no row is missed for it. Returns the number of changes.
 */
export async function compareCachedImages(
  db: Database,
  hostId: string,
  listHeld: () => Promise<readonly HeldImage[]>,
): Promise<number> {
  const known = await db.systemReads.any<{ image_id: string }>(
    [],
    sql`
      SELECT image_id FROM cached_images WHERE host_id = ${hostId}
      UNION SELECT cached_image_id FROM crews WHERE host_id = ${hostId} AND cached_image_id IS NOT NULL`,
  );
  const held = await listHeld();
  const heldIds = new Set(held.map(({ imageId }) => imageId));
  let changes = 0;
  for (const { image_id: imageId } of known) {
    if (!heldIds.has(imageId)) changes += await forgetImage(db, { hostId, imageId });
  }
  const knownIds = new Set(known.map((row) => row.image_id));
  for (const image of held) {
    if (image.tag === null || knownIds.has(image.imageId)) continue;
    changes += (await takeUp(db, hostId, { ...image, tag: image.tag })) ? 1 : 0;
  }
  return changes;
}

/** Unless there is a row by now, a build is about to write one, or the image is being removed. */
async function takeUp(db: Database, hostId: string, image: CachedImage): Promise<boolean> {
  return db.systemTransaction({}, async (tx) => {
    const known = await tx.maybeOne(sql`
      SELECT 1 FROM cached_images WHERE host_id = ${hostId} AND config_hash = ${image.configHash}
      UNION ALL SELECT 1 FROM image_builds WHERE host_id = ${hostId} AND config_hash = ${image.configHash}
        AND status IN ('queued', 'running')
      UNION ALL SELECT 1 FROM image_removals WHERE host_id = ${hostId} AND image_id = ${image.imageId} LIMIT 1`);
    if (known !== null) return false;
    await keepCachedImage(tx, { ...image, hostId });
    return true;
  });
}
