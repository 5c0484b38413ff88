import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { LINK_SECONDS, NOTICE_SECONDS } from '../../../domain/people/accounts/account-rules.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { mayMail, queueMail } from '../mail/queue-mail.ts';
import { checkInvitation, redeemInvitation } from '../members/invitation-commands.ts';
import { insertWorkspace } from '../workspaces/workspace-commands.ts';
import { insertPerson } from './insert-person.ts';
import { issueLink } from './one-time-tokens.ts';

export interface SignUp {
  readonly fullName: string;
  /** Lower case. */
  readonly email: string;
  readonly passwordHash: string;
  /** Of an invitation that is redeemed with it. */
  readonly invitationHash: Buffer | null;
  /** For the link by which the address is confirmed. Null: this instance sends no mails, and nothing is confirmed. */
  readonly verification: { readonly token: string; readonly tokenHash: Buffer } | null;
}

/**
 * Makes an account, a workspace and its OWNER, or, for an address that has an account, a mail that says so. Whoever
 * asks is told nothing of which it was: what is thrown follows from the invitation alone (`not_found`, `wrong_state`,
 * `forbidden`), but for `license_limit`, which the caller keeps to itself. A system transaction.
 */
export async function signUp(tx: Tx, ring: Pick<KeyRing, 'seal'>, asked: SignUp, nobody: Actor): Promise<void> {
  const { email, fullName, invitationHash, verification } = asked;
  if (invitationHash !== null) await checkInvitation(tx, { tokenHash: invitationHash, email });
  const awaitsVerification = verification !== null;
  const { passwordHash } = asked;
  const userId = await insertPerson(tx, { fullName, email, passwordHash, isVerified: false, awaitsVerification });
  if (userId === null) {
    if (verification !== null) await tellOwner(tx, ring, email);
    return;
  }
  const actor: Actor = { ...nobody, id: userId };
  const name = `${fullName.slice(0, 88)}'s Workspace`;
  const workspaceId = await insertWorkspace(tx, { name, ownerId: userId, actor });
  await tx.execute(sql`UPDATE users SET home_workspace_id = ${workspaceId} WHERE id = ${userId}`);
  tx.journal(
    auditEntry('created', { actor, workspaceId, targetType: 'user', targetId: userId, label: 'who signed up' }),
  );
  if (invitationHash !== null) await redeemInvitation(tx, { tokenHash: invitationHash, userId }, actor);
  tx.journal({
    type: 'auth.signed_up',
    severity: 'notice',
    actor,
    workspaceId: null,
    targetType: 'user',
    targetId: userId,
    summary: 'signed up',
    payload: { awaits_verification: awaitsVerification, invited: invitationHash !== null },
  });
  if (verification === null) return;
  await issueLink(tx, { purpose: 'verify_email', userId, tokenHash: verification.tokenHash, provesAddress: true });
  await queueMail(tx, ring, {
    kind: 'verify_email',
    recipient: email,
    token: verification.token,
    workspaceId: null,
    validSeconds: LINK_SECONDS.verify_email,
  });
}

/** Whoever has the account hears that somebody tried; what they know of it is theirs. */
async function tellOwner(tx: Tx, ring: Pick<KeyRing, 'seal'>, email: string): Promise<void> {
  const person = await tx.maybeOne(sql`SELECT 1 FROM users WHERE email = ${email} AND disabled_at IS NULL`);
  if (person === null || !(await mayMail(tx, email, 'account_exists'))) return;
  await queueMail(tx, ring, {
    kind: 'account_exists',
    recipient: email,
    token: null,
    workspaceId: null,
    validSeconds: NOTICE_SECONDS,
  });
}
