import { avatarUrl } from '../../../db/people/accounts/find-avatar.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { takeLink } from './one-time-tokens.ts';

/** A person as they see themselves. */
export interface Profile {
  readonly id: string;
  readonly email: string;
  readonly full_name: string;
  /** Of their picture; null where they show none. */
  readonly avatar_url: string | null;
}

/** Confirms the address of whose link this is. Null: the link counts for nothing. A system transaction. */
export async function verifyEmail(tx: Tx, tokenHash: Buffer, nobody: Actor): Promise<{ userId: string } | null> {
  const link = await takeLink(tx, ['verify_email'], tokenHash);
  if (link === null) return null;
  const userId = link.user_id;
  await tx.execute(sql`
    UPDATE users SET email_verified_at = coalesce(email_verified_at, now()), awaits_verification = false,
      updated_at = now()
    WHERE id = ${userId}`);
  tx.journal({
    type: 'auth.email_verified',
    severity: 'notice',
    actor: { ...nobody, id: userId },
    workspaceId: null,
    targetType: 'user',
    targetId: userId,
    summary: 'e-mail address confirmed',
  });
  return { userId };
}

/** Changes what a person is called. A system transaction. */
export async function updateProfile(
  tx: Tx,
  change: { readonly userId: string; readonly fullName?: string | undefined },
  actor: Actor,
): Promise<Profile> {
  const { userId, fullName } = change;
  const profile = await tx.maybeOne<Profile>(sql`
    UPDATE users u SET full_name = coalesce(${fullName ?? null}, u.full_name), updated_at = now()
    WHERE u.id = ${userId} RETURNING u.id, u.email, u.full_name, ${avatarUrl} AS avatar_url`);
  if (profile === null) throw notFound('user');
  profileChanged(tx, userId, fullName === undefined ? [] : ['full_name'], actor);
  return profile;
}

/** Says which fields of a person's profile are others. */
export function profileChanged(tx: Tx, userId: string, changedFields: readonly string[], actor: Actor): void {
  tx.journal({
    type: 'auth.profile_changed',
    actor,
    workspaceId: null,
    targetType: 'user',
    targetId: userId,
    summary: 'profile changed',
    payload: { changed_fields: changedFields },
  });
}
