import { ascending, descending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

const ORDER = listOrder(
  descending('time', sql.fragment`i.created_at`),
  ascending('text', sql.fragment`i.host_id`),
  ascending('text', sql.fragment`i.tag`),
);

/** An image that a host holds, as a workspace sees it. */
export interface RegisteredImage {
  readonly tag: string;
  readonly config_hash: string;
  readonly host_id: string;
  readonly created_at: string;
  readonly size_bytes: number;
  /** Crews of the workspace that have it; those of others are nobody's business. */
  readonly referenced_by_crew_ids: readonly string[];
}

/** A crew `c` that has the image `i`: as the one to start from, or as the one that its container was made from. */
export const crewReferences = (imageId: Fragment, hostId: Fragment): Fragment => sql.fragment`
  c.host_id = ${hostId} AND c.deleted_at IS NULL
  AND (c.cached_image_id = ${imageId} OR c.container_image_id = ${imageId})`;

/** Images of all hosts, newest first. */
export function listImages(reads: ReadPool, workspaceId: string, page: PageRequest): Promise<Page<RegisteredImage>> {
  return readPage<RegisteredImage>(
    reads,
    [workspaceId],
    sql`
      SELECT i.tag, i.config_hash, i.host_id, i.created_at, i.size_bytes, ${ORDER.key},
        count(*) OVER ()::integer AS total,
        ARRAY(SELECT c.id FROM crews c WHERE c.workspace_id = ${workspaceId}
          AND ${crewReferences(sql.fragment`i.image_id`, sql.fragment`i.host_id`)}
          ORDER BY c.id) AS referenced_by_crew_ids
      FROM cached_images i WHERE true ${ORDER.after(page)}
      ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM cached_images`,
  );
}
