import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { PasswordChange } from '../../../domain/people/accounts/account-entries.ts';
import { LINK_SECONDS, NOTICE_SECONDS, PASSWORD_LINKS } from '../../../domain/people/accounts/account-rules.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { forgetAttempts } from '../identity/login-attempts.ts';
import { revokeSessionsOf } from '../identity/session-commands.ts';
import { mayMail, queueMail } from '../mail/queue-mail.ts';
import { issueLink, takeLink } from './one-time-tokens.ts';

function frame(userId: string, actor: Actor) {
  return { severity: 'notice', actor, workspaceId: null, targetType: 'user', targetId: userId } as const;
}

/** Sends a person the link by which they choose a new password. A system transaction. */
export async function requestReset(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  asked: {
    readonly userId: string;
    readonly email: string;
    readonly link: { readonly token: string; readonly tokenHash: Buffer };
  },
  actor: Actor,
): Promise<void> {
  const { userId, email, link } = asked;
  if (!(await mayMail(tx, email, 'reset_password'))) return;
  await issueLink(tx, { purpose: 'reset_password', userId, tokenHash: link.tokenHash, provesAddress: true });
  await queueMail(tx, ring, {
    kind: 'reset_password',
    recipient: email,
    token: link.token,
    workspaceId: null,
    validSeconds: LINK_SECONDS.reset_password,
  });
  tx.journal({
    ...frame(userId, actor),
    type: 'auth.password_reset_requested',
    summary: 'a link to choose a new password was asked for',
  });
}

export interface NewPassword {
  readonly passwordHash: string;
  /** What the person's failed attempts are counted under. */
  readonly nameDigest: Buffer;
  readonly sendsMail: boolean;
}

/**
 * Sets the password of whose link this is, once: their lockout, their sessions and their other links end. Null: the
 * link counts for nothing. A system transaction.
 */
export async function resetPassword(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  reset: NewPassword & { readonly tokenHash: Buffer },
  nobody: Actor,
): Promise<{ readonly userId: string } | null> {
  const link = await takeLink(tx, PASSWORD_LINKS, reset.tokenHash);
  if (link === null) return null;
  const userId = link.user_id;
  const actor: Actor = { ...nobody, id: userId };
  if (link.proves_address) {
    await tx.execute(sql`
      UPDATE users SET email_verified_at = coalesce(email_verified_at, now()), awaits_verification = false
      WHERE id = ${userId}`);
  }
  const by = link.purpose === 'set_up_account' ? 'set_up' : 'reset';
  await setPassword(tx, ring, { ...reset, userId, email: link.email, exceptSessionId: null, by }, actor);
  return { userId };
}

/**
 * Sets a password: all sessions but the one that it is done with end, and so do links and codes that are under way.
 * Says how many sessions ended.
 */
export async function setPassword(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  change: NewPassword & {
    readonly userId: string;
    readonly email: string;
    readonly exceptSessionId: string | null;
    readonly by: PasswordChange;
  },
  actor: Actor,
): Promise<number> {
  const { userId, by } = change;
  await tx.execute(sql`
    UPDATE users SET password_hash = ${change.passwordHash}, updated_at = now() WHERE id = ${userId}`);
  await tx.execute(sql`DELETE FROM one_time_tokens WHERE user_id = ${userId}`);
  await tx.execute(sql`DELETE FROM pairing_codes WHERE user_id = ${userId} AND consumed_at IS NULL`);
  await forgetAttempts(tx, change.nameDigest);
  const ended = await revokeSessionsOf(
    tx,
    { userId, exceptId: change.exceptSessionId, reason: 'password_changed' },
    actor,
  );
  accessChanged(tx, userId);
  tx.journal({
    ...frame(userId, actor),
    type: 'auth.password_changed',
    summary: `password changed: ${by}`,
    payload: { by },
  });
  if (change.sendsMail && by !== 'set_up' && (await mayMail(tx, change.email, 'password_changed'))) {
    await queueMail(tx, ring, {
      kind: 'password_changed',
      recipient: change.email,
      token: null,
      workspaceId: null,
      validSeconds: NOTICE_SECONDS,
    });
  }
  return ended;
}
