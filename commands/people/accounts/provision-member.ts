import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getCallerIn, holdWorkspace } from '../../../db/people/members/hold-members.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import type { Actor, Role } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { LINK_SECONDS } from '../../../domain/people/accounts/account-rules.ts';
import { refuseGrant } from '../../../domain/people/members/member-rules.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { queueMail } from '../mail/queue-mail.ts';
import { insertMembership } from '../members/insert-membership.ts';
import { usernamesFor } from './insert-person.ts';

export interface Provision {
  readonly workspaceId: string;
  readonly callerId: string;
  /** Lower case. */
  readonly email: string;
  readonly role: Role;
  readonly fullName: string;
  readonly link: { readonly token: string; readonly tokenHash: Buffer };
  readonly sendsMail: boolean;
}

export interface Provisioned {
  readonly user_id: string;
  readonly expires_at: string;
}

/**
 * Makes an account for somebody who has none and a member of them, with a link by which they choose their password
 * within seven days. Nobody who has an account is added unasked: that is a `conflict`. Throws `forbidden`,
 * `license_limit`.
 */
export async function provisionMember(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  provision: Provision,
  actor: Actor,
): Promise<Provisioned> {
  const { workspaceId, email, role, link, sendsMail } = provision;
  await holdWorkspace(tx, workspaceId);
  const caller = await getCallerIn(tx, workspaceId, provision.callerId);
  refuseGrant(caller.role, role);
  const userId = newId();
  const validSeconds = LINK_SECONDS.set_up_account;
  const { made } = await tx.one<{ made: boolean }>(sql`
    SELECT crewship_provision_person(${userId}, ${email}, ${sql.array([...usernamesFor(email)], 'text')},
      ${provision.fullName}, ${workspaceId}, ${sql.binary(link.tokenHash)}, ${sendsMail}, ${validSeconds}) AS made`);
  if (!made) throw new CrewshipError('conflict', 'this address has an account: invite it');
  await insertMembership(tx, { workspaceId, userId, role, by: 'provision' }, actor);
  tx.journal(auditEntry('created', { actor, workspaceId, targetType: 'user', targetId: userId, label: 'provisioned' }));
  if (sendsMail) {
    const { name, inviter } = await tx.one<{ name: string; inviter: string }>(sql`
      SELECT w.name, u.full_name AS inviter FROM workspaces w, users u
      WHERE w.id = ${workspaceId} AND u.id = ${provision.callerId}`);
    const words = { workspace: name, inviter, role };
    await queueMail(tx, ring, {
      ...{ kind: 'set_up_account', recipient: email, words, token: link.token, workspaceId, validSeconds },
    });
  }
  const { expires_at } = await tx.one<{ expires_at: string }>(sql`
    SELECT now() + make_interval(secs => ${validSeconds}::double precision) AS expires_at`);
  return { user_id: userId, expires_at };
}
