import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing, SealContext } from '../../../platform/crypto/key-ring.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export function webhookSecretContext(workspaceId: string, agentId: string): SealContext {
  return { workspaceId, ownerId: agentId, field: 'webhook_secret' };
}

/** The webhook secret of a crew's agent. Throws `not_found` for another crew's agent and for one without a secret. */
export async function readWebhookSecret(
  reads: ReadPool,
  ring: Pick<KeyRing, 'open'>,
  ref: { readonly workspaceId: string; readonly crewId: string; readonly agentId: string },
): Promise<string> {
  const row = await reads.maybeOne<{ sealed: string | null }>(
    [ref.workspaceId],
    sql`
      SELECT sealed_webhook_secret AS sealed FROM agents
      WHERE id = ${ref.agentId} AND crew_id = ${ref.crewId} AND deleted_at IS NULL`,
  );
  if (row === null) throw notFound('agent');
  if (row.sealed === null) throw notFound('webhook secret');
  return ring.open(row.sealed, webhookSecretContext(ref.workspaceId, ref.agentId));
}
