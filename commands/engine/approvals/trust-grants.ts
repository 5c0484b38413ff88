import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { HowDecides } from '../../../domain/people/approvals/deciding.ts';
import type { TrustGrant } from '../../../domain/people/approvals/trust-grant.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { trustGrantColumns } from '../../../db/people/approvals/trust-grants-store.ts';

/** Most that count at a time for a crew: more than people can keep in mind is no decision of theirs. */
const MAX_LIVE_OF_CREW = 50;

export type NewTrustGrant = Pick<TrustGrant, 'agent_id' | 'kind' | 'tool' | 'max_uses' | 'reason'> & {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly maxCostUsd: number | null;
  readonly seconds: number;
};

/** Who grants or revokes. */
export interface Trustee {
  readonly userId: string | null;
  readonly how: HowDecides;
}

function refuseKeys(by: Trustee): void {
  if (by.how !== 'neither') return;
  throw new CrewshipError('interactive_required', 'a person who signed in has to decide this');
}

/**
 * Trusts the agents of a crew, or one of them, with actions of a kind for a while. Throws `interactive_required`,
 * `not_found` for a crew or agent that is not there, and `limit_reached`.
 */
export async function grantTrust(tx: Tx, grant: NewTrustGrant, by: Trustee, actor: Actor): Promise<TrustGrant> {
  refuseKeys(by);
  const { workspaceId, crewId } = grant;
  const crew = await tx.maybeOne(sql`
    SELECT 1 FROM crews WHERE id = ${crewId} AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (crew === null) throw notFound('crew');
  if (grant.agent_id !== null) {
    const agent = await tx.maybeOne(sql`
      SELECT 1 FROM agents WHERE id = ${grant.agent_id} AND crew_id = ${crewId} AND deleted_at IS NULL`);
    if (agent === null) throw notFound('agent');
  }
  const { live } = await tx.one<{ live: number }>(sql`
    SELECT count(*) AS live FROM trust_grants
    WHERE crew_id = ${crewId} AND revoked_at IS NULL AND expires_at > now() AND used < max_uses`);
  if (live >= MAX_LIVE_OF_CREW) {
    throw new CrewshipError('limit_reached', `a crew has at most ${MAX_LIVE_OF_CREW} live trust grants`, {
      extensions: { kind: 'trust_grants', limit: MAX_LIVE_OF_CREW },
    });
  }
  const row = await tx.one<TrustGrant>(sql`
    INSERT INTO trust_grants (id, workspace_id, crew_id, agent_id, kind, tool, max_uses, max_cost_usd, reason,
      expires_at, created_by)
    VALUES (${newId()}, ${workspaceId}, ${crewId}, ${grant.agent_id}, ${grant.kind}, ${grant.tool}, ${grant.max_uses},
      ${grant.maxCostUsd}, ${grant.reason}, now() + ${grant.seconds} * interval '1 second', ${by.userId})
    RETURNING ${trustGrantColumns}`);
  journalTrust(tx, workspaceId, row, 'approval.trust_granted', actor);
  return row;
}

/** Ends a grant before its time. Throws `not_found`, `interactive_required`, and `wrong_state` for one that is over. */
export async function revokeTrust(
  tx: Tx,
  workspaceId: string,
  id: string,
  by: Trustee,
  actor: Actor,
): Promise<TrustGrant> {
  const found = await tx.maybeOne<TrustGrant>(sql`
    SELECT ${trustGrantColumns} FROM trust_grants WHERE id = ${id} AND workspace_id = ${workspaceId} FOR UPDATE`);
  if (found === null) throw notFound('trust grant');
  refuseKeys(by);
  if (found.status !== 'live') throw wrongState('trust grant', found.status);
  const row = await tx.one<TrustGrant>(sql`
    UPDATE trust_grants SET revoked_at = now(), revoked_by = ${by.userId} WHERE id = ${id}
    RETURNING ${trustGrantColumns}`);
  journalTrust(tx, workspaceId, row, 'approval.trust_revoked', actor);
  return row;
}

/** Takes one use of a grant that covers this action, the one that ends first; null: people are asked. */
export async function useTrust(
  tx: Tx,
  action: {
    readonly crewId: string;
    readonly agentId: string;
    readonly kind: string;
    readonly tool: string | null;
    readonly costUsd: number | null;
  },
): Promise<string | null> {
  const grant = await tx.maybeOne<{ id: string }>(sql`
    SELECT id FROM trust_grants
    WHERE crew_id = ${action.crewId} AND kind = ${action.kind} AND revoked_at IS NULL AND expires_at > now()
      AND used < max_uses AND (agent_id IS NULL OR agent_id = ${action.agentId})
      AND (tool IS NULL OR tool = ${action.tool})
      AND (max_cost_usd IS NULL OR ${action.costUsd}::numeric <= max_cost_usd)
    ORDER BY expires_at, id LIMIT 1 FOR UPDATE`);
  if (grant === null) return null;
  await tx.execute(sql`UPDATE trust_grants SET used = used + 1 WHERE id = ${grant.id}`);
  return grant.id;
}

/** A use that nothing came of. */
export async function giveTrustBack(tx: Tx, id: string): Promise<void> {
  await tx.execute(sql`UPDATE trust_grants SET used = used - 1 WHERE id = ${id}`);
}

function journalTrust(
  tx: Tx,
  workspaceId: string,
  grant: TrustGrant,
  type: 'approval.trust_granted' | 'approval.trust_revoked',
  actor: Actor,
): void {
  const { id, kind, tool, used, max_uses, max_cost_usd, expires_at } = grant;
  tx.journal({
    type,
    severity: 'notice',
    actor,
    workspaceId,
    crewId: grant.crew_id,
    agentId: grant.agent_id,
    targetType: 'trust_grant',
    targetId: id,
    summary: type === 'approval.trust_granted' ? `agents are trusted with ${kind}` : `trust with ${kind} ends`,
    payload: { grant_id: id, kind, tool, used, max_uses, max_cost_usd, expires_at },
  });
}
