import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { REFRESH_GRACE_SECONDS } from '../../../domain/people/identity/session-rules.ts';
import { usernameFromEmail } from '../../../domain/people/identity/username.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { insertWorkspace } from '../workspaces/workspace-commands.ts';
import { createSession, type Session } from './session-commands.ts';
import { insertToken } from './token-commands.ts';

/** Serialises bootstraps of one database; the loser then sees the winner's user. */
const BOOTSTRAP_LOCK = 7_263_003;

export interface FirstUser {
  readonly fullName: string;
  /** Lower case. */
  readonly email: string;
  readonly passwordHash: string;
  readonly token: { readonly hash: Buffer; readonly prefix: string };
  readonly requestId: string;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/**
 * Makes the first user (the instance operator), their workspace, its OWNER, a first CLI token and a session. Throws
 * `already_bootstrapped` when any user exists; of any number of simultaneous calls one succeeds.
 */
export async function bootstrapInstance(
  tx: Tx,
  first: FirstUser,
): Promise<{ userId: string; workspaceId: string; session: Session }> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${BOOTSTRAP_LOCK})`);
  const { exists } = await tx.one<{ exists: boolean }>(sql`SELECT EXISTS (SELECT 1 FROM users) AS exists`);
  if (exists) throw new CrewshipError('already_bootstrapped', 'this instance has a user already');
  const userId = newId();
  await tx.execute(sql`
    INSERT INTO users (id, email, username, full_name, password_hash, is_instance_operator)
    VALUES (${userId}, ${first.email}, ${usernameFromEmail(first.email)}, ${first.fullName}, ${first.passwordHash},
      true)`);
  const actor: Actor = {
    type: 'user',
    id: userId,
    authMethod: null,
    tokenId: null,
    sessionId: null,
    requestId: first.requestId,
    address: first.address,
  };
  const workspaceId = await insertWorkspace(tx, {
    name: `${first.fullName.slice(0, 88)}'s Workspace`,
    ownerId: userId,
    actor,
  });
  await tx.execute(sql`UPDATE users SET home_workspace_id = ${workspaceId} WHERE id = ${userId}`);
  tx.journal(
    auditEntry('created', { actor, workspaceId, targetType: 'user', targetId: userId, label: 'instance operator' }),
  );
  await insertToken(
    tx,
    {
      name: 'bootstrap',
      userId,
      hash: first.token.hash,
      prefix: first.token.prefix,
      tier: 'STANDARD',
      scopes: null,
      expiresInSeconds: null,
      parentTokenId: null,
    },
    actor,
  );
  const { address, userAgent } = first;
  const session = await createSession(
    tx,
    {
      userId,
      method: 'bootstrap',
      defaultWorkspaceId: null,
      refreshGraceSeconds: REFRESH_GRACE_SECONDS.cookie,
      userAgent,
      address,
    },
    actor,
  );
  return { userId, workspaceId, session };
}
