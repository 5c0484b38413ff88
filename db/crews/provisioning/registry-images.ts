import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** An image as the registry has it. */
export interface RegistryImage {
  readonly digest: string;
}

/**
 * What the registry holds for a build's configuration. Null: nothing, or somebody who follows the build asked for one
 * past all that is there.
 */
export async function findRegistryImage(
  db: Pick<Database, 'systemReads'>,
  build: { readonly buildId: string; readonly configHash: string; readonly repository: string },
): Promise<RegistryImage | null> {
  return db.systemReads.maybeOne<RegistryImage>(
    [],
    sql`
      SELECT digest FROM registry_images
      WHERE repository = ${build.repository} AND config_hash = ${build.configHash}
        AND NOT ${wantedFresh(build.buildId)}`,
  );
}

/** Whether somebody who follows the build asked for an image past all that is there. */
export const wantedFresh = (buildId: string) => sql.fragment`EXISTS (
  SELECT 1 FROM jobs WHERE build_id = ${buildId} AND status IN ('queued', 'running') AND (input ->> 'fresh')::boolean)`;

/** The registry has another image, or none, under what the row names: unless it was pushed anew meanwhile, it goes. */
export async function forgetRegistryImage(
  db: Pick<Database, 'systemStatement'>,
  image: RegistryImage & { readonly repository: string; readonly configHash: string },
): Promise<void> {
  await db.systemStatement(sql`
    DELETE FROM registry_images WHERE repository = ${image.repository} AND config_hash = ${image.configHash}
      AND digest = ${image.digest} RETURNING 1`);
}

/** An image of a host that the registry lacks, or has an older one for. */
export interface OfferedImage {
  readonly configHash: string;
  readonly imageId: string;
}

/** Oldest first. */
export async function listUnoffered(
  db: Pick<Database, 'systemReads'>,
  hostId: string,
  repository: string,
): Promise<readonly OfferedImage[]> {
  return db.systemReads.any<OfferedImage>(
    [],
    sql`
      SELECT c.config_hash AS "configHash", c.image_id AS "imageId" FROM cached_images c
      LEFT JOIN registry_images r ON r.repository = ${repository} AND r.config_hash = c.config_hash
      WHERE c.host_id = ${hostId} AND (r.digest IS NULL OR (r.image_id <> c.image_id AND r.pushed_at < c.created_at))
      ORDER BY c.created_at LIMIT 1000`,
  );
}

/** Says what the registry holds from now on. */
export async function recordOffered(
  db: Pick<Database, 'systemStatement'>,
  image: OfferedImage & RegistryImage & { readonly hostId: string; readonly repository: string },
): Promise<void> {
  await db.systemStatement(sql`
    INSERT INTO registry_images (repository, config_hash, digest, image_id, host_id)
    VALUES (${image.repository}, ${image.configHash}, ${image.digest}, ${image.imageId}, ${image.hostId})
    ON CONFLICT (repository, config_hash) DO UPDATE SET digest = excluded.digest, image_id = excluded.image_id,
      host_id = excluded.host_id, pushed_at = now()
    RETURNING 1`);
}

/** The configurations that a host is making images of: what they have in Docker is theirs. */
export async function listHashesUnderWay(
  db: Pick<Database, 'systemReads'>,
  hostId: string,
): Promise<ReadonlySet<string>> {
  const rows = await db.systemReads.any<{ config_hash: string }>(
    [],
    sql`SELECT config_hash FROM image_builds WHERE host_id = ${hostId} AND status IN ('queued', 'running')`,
  );
  return new Set(rows.map((row) => row.config_hash));
}
