import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { capabilitiesOf } from '../../../domain/kernel/access/capability.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { type Credential, type CredentialPart, canRotate } from '../../../domain/vault/credentials/credential.ts';
import { MAX_REVEALS, REVEAL_WINDOW_SECONDS, refuseReveal } from '../../../domain/vault/credentials/reveal.ts';
import { newJournalId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getCallerIn } from '../../../db/people/members/hold-members.ts';
import { getCredentialIn, lockCredential } from '../../../db/vault/credentials/credentials-store.ts';
import { mayReveal } from '../../../db/vault/credentials/reveal-policy-store.ts';

/** A reveal that may happen now, as its entry says. */
export interface PermittedReveal {
  readonly credential: Credential;
  readonly journalEntryId: string;
  readonly revealedAt: string;
}

/**
 * Lets a person be shown a value: everything that this takes is looked at here, and written down. Only who has seen
 * this transaction commit may open anything (docs/contracts/credentials.md, Reveal). Throws `not_found`, `forbidden`,
 * `wrong_state` for a credential without a value that works, `rate_limited`.
 */
export async function permitReveal(
  tx: Tx,
  wanted: { readonly credentialId: string; readonly part: CredentialPart; readonly reason: string },
  by: { readonly userId: string; readonly actor: Actor },
): Promise<PermittedReveal> {
  await lockCredential(tx, wanted.credentialId);
  const credential = await getCredentialIn(tx, wanted.credentialId);
  const { id, workspace_id: workspaceId, name, sensitivity, security_level } = credential;
  if (!(await mayReveal(tx, workspaceId))) {
    throw new CrewshipError('forbidden', 'values are not shown in this workspace: its OWNER may change that');
  }
  const { role, capabilities } = await getCallerIn(tx, workspaceId, by.userId);
  const member = await tx.maybeOne(sql`
    SELECT 1 FROM crew_members
    WHERE user_id = ${by.userId} AND added_by IS DISTINCT FROM user_id
      AND crew_id = ANY (${sql.array([...credential.crew_ids], 'text')}) LIMIT 1`);
  refuseReveal(credential, {
    // Whoever was demoted since the request began has the lower role.
    role,
    mayReveal: capabilitiesOf(role, capabilities).includes('credentials:reveal'),
    isInItsCrews: member !== null,
  });
  if (!canRotate(credential.status)) throw wrongState('credential', credential.status);
  await countReveal(tx, { workspaceId, credentialId: id, userId: by.userId });
  const journalEntryId = newJournalId();
  tx.journal({
    id: journalEntryId,
    type: 'credential.revealed',
    severity: 'warn',
    actor: by.actor,
    workspaceId,
    targetType: 'credential',
    targetId: id,
    summary: `credential ${name} shown to a person`,
    payload: { credential_name: name, sensitivity, security_level, part: wanted.part, role, reason: wanted.reason },
  });
  const { now: revealedAt } = await tx.one<{ now: string }>(sql`SELECT clock_timestamp() AS now`);
  return { credential, journalEntryId, revealedAt };
}

/** Counts one more of a person, one at a time over all processes. Throws `rate_limited`. */
async function countReveal(
  tx: Tx,
  { workspaceId, credentialId, userId }: { workspaceId: string; credentialId: string; userId: string },
): Promise<void> {
  await tx.any(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`reveals:${workspaceId}:${userId}`}, 0))`);
  await tx.execute(sql`
    DELETE FROM credential_reveals WHERE workspace_id = ${workspaceId} AND user_id = ${userId}
      AND created_at <= clock_timestamp() - ${REVEAL_WINDOW_SECONDS} * interval '1 second'`);
  const { count, left } = await tx.one<{ count: number; left: number | null }>(sql`
    SELECT count(*)::integer AS count,
      ceil(extract(epoch FROM min(created_at) - clock_timestamp()))::integer + ${REVEAL_WINDOW_SECONDS} AS left
    FROM credential_reveals WHERE workspace_id = ${workspaceId} AND user_id = ${userId}`);
  if (count >= MAX_REVEALS) {
    throw new CrewshipError('rate_limited', `a person is shown at most ${MAX_REVEALS} values in ten minutes`, {
      extensions: { retry_after_seconds: Math.max(1, left ?? REVEAL_WINDOW_SECONDS), limit: MAX_REVEALS },
    });
  }
  await tx.execute(sql`
    INSERT INTO credential_reveals (id, workspace_id, credential_id, user_id)
    VALUES (${newJournalId()}, ${workspaceId}, ${credentialId}, ${userId})`);
}

/** Says whether people may be shown values at all; the entry is committed with it, and before anybody is. */
export async function setRevealPolicy(
  tx: Tx,
  workspaceId: string,
  enabled: boolean,
  by: { readonly userId: string | null; readonly actor: Actor },
): Promise<void> {
  await tx.execute(sql`
    INSERT INTO credential_reveal_policies (workspace_id, enabled, updated_by)
    VALUES (${workspaceId}, ${enabled}, ${by.userId})
    ON CONFLICT (workspace_id) DO UPDATE
    SET enabled = excluded.enabled, updated_by = excluded.updated_by, updated_at = now()`);
  tx.journal({
    type: 'credential.reveal_policy_changed',
    severity: enabled ? 'warn' : 'notice',
    actor: by.actor,
    workspaceId,
    targetType: 'workspace',
    targetId: workspaceId,
    summary: `values of credentials ${enabled ? 'may be shown' : 'are not shown'} to people`,
    payload: { enabled },
  });
}

/** A part that is not there, or holds nothing, shows nothing. */
export function nothingToReveal(part: CredentialPart): never {
  if (part.startsWith('field:')) throw notFound('field');
  throw wrongState('credential', 'PENDING', 'the credential has no value to show');
}
