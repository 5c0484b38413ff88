import { randomBytes } from 'node:crypto';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { webhookSecretContext } from '../../../db/crews/agents/read-webhook-secret.ts';

const SECRET_BYTES = 32;

/** Gives an agent a new webhook secret; the old one signs nothing any more. Shown here once. Throws `not_found`. */
export async function rotateWebhookSecret(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  agentId: string,
  actor: Actor,
): Promise<{ webhook_secret: string; rotated_at: string }> {
  const agent = await tx.maybeOne<{ workspace_id: string; crew_id: string | null }>(sql`
    SELECT workspace_id, crew_id FROM agents WHERE id = ${agentId} AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (agent === null) throw notFound('agent');
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString('hex')}`;
  const sealed = ring.seal(secret, webhookSecretContext(agent.workspace_id, agentId));
  const { rotated_at: rotatedAt } = await tx.one<{ rotated_at: string }>(sql`
    UPDATE agents SET sealed_webhook_secret = ${sealed}, updated_at = now() WHERE id = ${agentId}
    RETURNING updated_at AS rotated_at`);
  tx.journal({
    type: 'agent.webhook_secret_rotated',
    severity: 'notice',
    actor,
    workspaceId: agent.workspace_id,
    crewId: agent.crew_id,
    agentId,
    targetType: 'agent',
    targetId: agentId,
    summary: 'webhook secret replaced',
  });
  return { webhook_secret: secret, rotated_at: rotatedAt };
}
