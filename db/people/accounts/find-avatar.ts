import type { AvatarType } from '../../../domain/people/accounts/avatar.ts';
import { type Blob, INSTANCE_BLOBS } from '../../instance/blobs/blobs-store.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** Where the picture of a person `u` is; another picture has another address. */
export const avatarUrl = sql.fragment`
  CASE WHEN u.avatar_blob_id IS NOT NULL
    THEN '/api/v1/users/' || u.id || '/avatar?v=' || left(u.avatar_blob_id, 16) END`;

/**
 * The picture of somebody who is the reader, or a member of one of these workspaces; null where they have none, and
 * where they are nobody to the reader.
 */
export async function findAvatar(
  systemReads: ReadPool,
  userId: string,
  reader: { readonly userId: string; readonly workspaceIds: readonly string[] },
): Promise<(Blob & { readonly type: AvatarType }) | null> {
  return systemReads.maybeOne(
    [],
    sql`
      SELECT b.id, b.workspace_id AS "workspaceId", b.sha256, b.size_bytes AS "sizeBytes", u.avatar_type AS type
      FROM users u JOIN blobs b ON b.id = u.avatar_blob_id AND b.workspace_id = ${INSTANCE_BLOBS} AND b.state = 'stored'
      WHERE u.id = ${userId} AND (u.id = ${reader.userId} OR EXISTS (
        SELECT 1 FROM memberships m
        WHERE m.user_id = u.id AND m.workspace_id = ANY (${sql.array([...reader.workspaceIds], 'text')})))`,
  );
}
