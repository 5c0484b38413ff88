import { avatarUrl } from '../../../db/people/accounts/find-avatar.ts';
import { INSTANCE_BLOBS } from '../../../db/instance/blobs/blobs-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { AvatarType } from '../../../domain/people/accounts/avatar.ts';
import { keepBlob, releaseBlobs } from '../../kernel/blobs/keep-blob.ts';
import type { WrittenBlob } from '../../kernel/blobs/write-blob.ts';
import { type Profile, profileChanged } from './account-commands.ts';

/**
 * Shows a picture in place of the one before, whose content goes when nobody else shows it; null: none. A system
 * transaction. Throws `storage_full`, and `unavailable` for a content that was given up meanwhile.
 */
export async function showAvatar(
  tx: Tx,
  userId: string,
  picture: { readonly written: WrittenBlob; readonly type: AvatarType } | null,
  actor: Actor,
): Promise<Profile> {
  const person = await tx.maybeOne(sql`SELECT 1 FROM users WHERE id = ${userId} FOR NO KEY UPDATE`);
  if (person === null) throw notFound('user');
  const owner = { kind: 'avatar', id: userId };
  const blob = picture === null ? null : await keepBlob(tx, picture.written, owner);
  await releaseBlobs(tx, INSTANCE_BLOBS, owner, { except: blob?.id ?? null });
  const profile = await tx.one<Profile>(sql`
    UPDATE users u SET avatar_blob_id = ${blob?.id ?? null}, avatar_type = ${picture?.type ?? null}, updated_at = now()
    WHERE u.id = ${userId} RETURNING u.id, u.email, u.full_name, ${avatarUrl} AS avatar_url`);
  profileChanged(tx, userId, ['avatar'], actor);
  return profile;
}
