import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';
import type { HeldImage } from './held-image.ts';

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
