import type { Actor, Role } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { isForeignKeyViolation, isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';

/**
 * Makes somebody a member of a workspace that is held. Throws `not_found` for a person who does not exist, `conflict`
 * for one who is a member, `license_limit`.
 */
export async function insertMembership(
  tx: Tx,
  member: {
    readonly workspaceId: string;
    readonly userId: string;
    readonly role: Role;
    readonly by: 'member' | 'invitation' | 'provision' | 'sso';
  },
  actor: Actor,
): Promise<string> {
  const id = newId();
  try {
    await tx.execute(sql`
      INSERT INTO memberships (id, workspace_id, user_id, role)
      VALUES (${id}, ${member.workspaceId}, ${member.userId}, ${member.role})`);
  } catch (error) {
    if (isForeignKeyViolation(error)) throw notFound('user');
    if (!isUniqueViolation(error)) throw error;
    throw new CrewshipError('conflict', 'this person is a member already', { cause: error });
  }
  await tx.effects.placeTaken(tx, { kind: 'member' });
  tx.journal({
    type: 'member.added',
    severity: 'notice',
    actor,
    workspaceId: member.workspaceId,
    targetType: 'member',
    targetId: member.userId,
    summary: `member added as ${member.role}`,
    payload: { role: member.role, by: member.by },
  });
  accessChanged(tx, member.userId, tx.workspaceIds[0]);
  return id;
}
