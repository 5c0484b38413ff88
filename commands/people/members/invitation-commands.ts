import type { Actor, Role } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Invitation } from '../../../domain/people/members/member.ts';
import { refuseGrant } from '../../../domain/people/members/member-rules.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getCallerIn, holdWorkspace } from '../../../db/people/members/hold-members.ts';
import { getInvitationIn } from '../../../db/people/members/list-invitations.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { queueMail } from '../mail/queue-mail.ts';
import { insertMembership } from './insert-membership.ts';

const VALID_DAYS = 7;

export interface NewInvitation {
  readonly workspaceId: string;
  readonly callerId: string;
  /** Lower case. */
  readonly email: string;
  readonly role: Role;
  readonly tokenHash: Buffer;
  /** The token itself, where it is mailed. */
  readonly mail: { readonly token: string; readonly ring: Pick<KeyRing, 'seal'> } | null;
}

/**
 * Invites an address for seven days, by a mail where there is one. Throws `forbidden`, and `conflict` for a member or
 * an open invitation.
 */
export async function createInvitation(tx: Tx, invitation: NewInvitation, actor: Actor): Promise<Invitation> {
  const { workspaceId, email, role } = invitation;
  await holdWorkspace(tx, workspaceId);
  const caller = await getCallerIn(tx, workspaceId, invitation.callerId);
  refuseGrant(caller.role, role);
  const member = await tx.maybeOne(sql`
    SELECT 1 FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE m.workspace_id = ${workspaceId} AND u.email = ${email}`);
  if (member !== null) throw new CrewshipError('conflict', 'a member has this address already');
  // One that ran out makes room for the next.
  await tx.execute(sql`
    UPDATE invitations SET revoked_at = now() WHERE workspace_id = ${workspaceId} AND email = ${email}
      AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at <= now()`);
  const id = newId();
  try {
    await tx.execute(sql`
      INSERT INTO invitations (id, workspace_id, email, role, token_hash, invited_by, expires_at)
      VALUES (${id}, ${workspaceId}, ${email}, ${role}, ${sql.binary(invitation.tokenHash)}, ${caller.userId},
        now() + make_interval(days => ${VALID_DAYS}))`);
  } catch (error) {
    if (!isUniqueViolation(error, 'invitations_open')) throw error;
    throw new CrewshipError('conflict', 'this address has an open invitation', { cause: error });
  }
  tx.journal({
    ...frame(workspaceId, id, actor),
    type: 'invitation.created',
    summary: `invited as ${role}`,
    payload: { role },
  });
  const made = await getInvitationIn(tx, id);
  const { mail } = invitation;
  if (mail !== null) {
    const words = { workspace: await nameOfWorkspace(tx, workspaceId), inviter: made.inviter?.full_name ?? '', role };
    const validSeconds = VALID_DAYS * 24 * 3_600;
    await queueMail(tx, mail.ring, {
      ...{ kind: 'invitation', recipient: email, words, token: mail.token, workspaceId, validSeconds },
    });
  }
  return made;
}

/** What a workspace is called, for a mail. */
async function nameOfWorkspace(tx: Tx, workspaceId: string): Promise<string> {
  return (await tx.one<{ name: string }>(sql`SELECT name FROM workspaces WHERE id = ${workspaceId}`)).name;
}

/** Takes back an open invitation. Throws `not_found`, and `wrong_state` when it is over. */
export async function revokeInvitation(
  tx: Tx,
  { workspaceId, id }: { readonly workspaceId: string; readonly id: string },
  actor: Actor,
): Promise<void> {
  await holdWorkspace(tx, workspaceId);
  const invitation = await getInvitationIn(tx, id);
  if (invitation.workspace_id !== workspaceId) throw notFound('invitation');
  if (invitation.status !== 'pending') throw wrongState('invitation', invitation.status);
  await tx.execute(sql`UPDATE invitations SET revoked_at = now() WHERE id = ${id}`);
  tx.journal({ ...frame(workspaceId, id, actor), type: 'invitation.revoked', summary: 'invitation revoked' });
}

/** What an invitation's token was good for. */
export interface Redeemed {
  readonly workspaceId: string;
  readonly slug: string;
  readonly role: Role;
  readonly membershipId: string;
}

/**
 * The open invitation that a token is of, held, if it is for this address; what it throws says nothing of whether the
 * address has an account. A system transaction. Throws as {@link redeemInvitation} does.
 */
export async function checkInvitation(
  tx: Tx,
  { tokenHash, email }: { readonly tokenHash: Buffer; readonly email: string },
): Promise<{ readonly id: string; readonly workspaceId: string; readonly slug: string; readonly role: Role }> {
  const found = await tx.maybeOne<{ id: string; workspace_id: string }>(sql`
    SELECT id, workspace_id FROM invitations WHERE token_hash = ${sql.binary(tokenHash)}`);
  if (found === null) throw notFound('invitation');
  const workspaceId = found.workspace_id;
  const { slug } = await holdWorkspace(tx, workspaceId).catch((error: unknown) => {
    throw error instanceof CrewshipError && error.code === 'not_found' ? notFound('invitation') : error;
  });
  const invitation = await getInvitationIn(tx, found.id);
  if (invitation.status !== 'pending') throw wrongState('invitation', invitation.status);
  if (email !== invitation.email) throw new CrewshipError('forbidden', 'the invitation is for another address');
  return { id: found.id, workspaceId, slug, role: invitation.role };
}

/**
 * Makes the person whom a token invited a member: once, in time, and only by the address that was invited. A system
 * transaction, of somebody who is signed in or whose account is made in it. Throws `not_found` for an unknown token,
 * `wrong_state` for one that is used, revoked or too old, `forbidden` for another's, `conflict` for a member,
 * `license_limit`.
 */
export async function redeemInvitation(
  tx: Tx,
  redemption: { readonly tokenHash: Buffer; readonly userId: string },
  actor: Actor,
): Promise<Redeemed> {
  const person = await tx.maybeOne<{ email: string }>(sql`SELECT email FROM users WHERE id = ${redemption.userId}`);
  const found = await checkInvitation(tx, { tokenHash: redemption.tokenHash, email: person?.email ?? '' });
  const { workspaceId, slug, role } = found;
  const membershipId = await insertMembership(
    tx,
    { workspaceId, userId: redemption.userId, role, by: 'invitation' },
    actor,
  );
  await tx.execute(sql`
    UPDATE invitations SET accepted_at = now(), accepted_by = ${redemption.userId} WHERE id = ${found.id}`);
  tx.journal({
    ...frame(workspaceId, found.id, actor),
    type: 'invitation.redeemed',
    summary: `invitation redeemed as ${role}`,
    payload: { role },
  });
  return { workspaceId, slug, role, membershipId };
}

function frame(workspaceId: string, id: string, actor: Actor) {
  return { severity: 'notice', actor, workspaceId, targetType: 'invitation', targetId: id } as const;
}
