import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { HeldImage } from '../../../db/crews/provisioning/cached-images.ts';
import { giveUpImage } from './image-registry.ts';

/** Images that a host is to remove. */
export async function readImageRemovals(db: Database, hostId: string): Promise<readonly string[]> {
  const rows = await db.systemReads.any<{ image_id: string }>(
    [],
    sql`SELECT image_id FROM image_removals WHERE host_id = ${hostId} ORDER BY requested_at, image_id LIMIT 1000`,
  );
  return rows.map((row) => row.image_id);
}

/** The daemon has none of it any more. */
export async function endImageRemoval(db: Database, hostId: string, imageId: string): Promise<void> {
  await db.systemTransaction({}, (tx) =>
    tx.execute(sql`DELETE FROM image_removals WHERE host_id = ${hostId} AND image_id = ${imageId}`),
  );
}

/**
 * Which of the images that a host holds nobody needs: no crew of any workspace on this host has one or runs from it, no
 * build of its hash is under way, and it is older than `minAgeMs`.
 */
export async function findUnreferencedImages(
  db: Database,
  hostId: string,
  held: readonly HeldImage[],
): Promise<HeldImage[]> {
  if (held.length === 0) return [];
  const rows = await db.systemReads.any<{ image_id: string }>(
    [],
    sql`
      SELECT h.image_id FROM json_to_recordset(${sql.rows(
        held.map(({ imageId, configHash }) => ({ image_id: imageId, config_hash: configHash })),
      )}) AS h(image_id text, config_hash text)
      WHERE NOT EXISTS (SELECT 1 FROM crews c WHERE c.host_id = ${hostId} AND c.deleted_at IS NULL
          AND (c.cached_image_id = h.image_id OR c.container_image_id = h.image_id))
        AND NOT EXISTS (SELECT 1 FROM image_builds b WHERE b.host_id = ${hostId} AND b.config_hash = h.config_hash
          AND b.status IN ('queued', 'running'))
        AND NOT EXISTS (SELECT 1 FROM image_removals r WHERE r.host_id = ${hostId} AND r.image_id = h.image_id)`,
  );
  const unreferenced = new Set(rows.map((row) => row.image_id));
  return held.filter(({ imageId }) => unreferenced.has(imageId));
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

/** Of these builds, those whose actor still lives. */
export async function findOpenBuilds(db: Database, buildIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.systemReads.any<{ id: string }>(
    [],
    sql`SELECT id FROM image_builds WHERE id = ANY (${sql.array([...buildIds], 'text')}) AND closed_at IS NULL`,
  );
  return new Set(rows.map(({ id }) => id));
}
