import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { REPLAYABLE } from '../../../domain/people/deliveries/delivery.ts';
import type { ChannelOwner } from '../../../db/people/deliveries/channels-store.ts';
import {
  deliveryColumns,
  type DeliveryOwner,
  type DeliveryRow,
  ownedBy,
} from '../../../db/people/deliveries/deliveries-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { newId } from '../../../platform/ids/ids.ts';

function wake(tx: Tx, workspaceId: string, id: string): void {
  tx.enqueue({ kind: 'wake', topic: 'delivery', workspaceId, id });
}

/**
 * Asks for a delivery again that failed, died or was skipped: at once, with all its tries, under the id that it has.
 * Throws `not_found`, and `wrong_state` for another. What its person may see and wants is looked at again.
 */
export async function replayDelivery(tx: Tx, owner: DeliveryOwner, id: string, actor: Actor): Promise<DeliveryRow> {
  const row = await tx.maybeOne<DeliveryRow>(sql`
    UPDATE deliveries d SET status = 'pending', tries = 0, due_at = now(), settled_at = NULL, code = NULL,
      updated_at = now()
    WHERE d.id = ${id} AND ${ownedBy(owner)} AND d.status = ANY (${sql.array([...REPLAYABLE], 'text')})
    RETURNING ${deliveryColumns}`);
  if (row === null) {
    const found = await tx.maybeOne<DeliveryRow>(sql`
      SELECT ${deliveryColumns} FROM deliveries d WHERE d.id = ${id} AND ${ownedBy(owner)}`);
    if (found === null) throw notFound('delivery');
    throw wrongState('delivery', found.status);
  }
  wake(tx, row.workspace_id, id);
  tx.journal({
    actor,
    workspaceId: row.workspace_id,
    targetType: 'delivery',
    targetId: id,
    type: 'delivery.replayed',
    summary: `a delivery by ${row.channel} is asked for again`,
    payload: { channel: row.channel, purpose: row.purpose, attempts: row.attempts },
  });
  return row;
}

/** Sends a message to a channel of one's own that says that it is a test. Throws `not_found`. */
export async function testChannel(tx: Tx, owner: ChannelOwner, channelId: string): Promise<DeliveryRow> {
  const channel = await tx.maybeOne<{ enabled: boolean }>(sql`
    SELECT enabled FROM notification_channels
    WHERE id = ${channelId} AND workspace_id = ${owner.workspaceId} AND user_id = ${owner.userId}`);
  if (channel === null) throw notFound('notification channel');
  if (!channel.enabled)
    throw new CrewshipError('conflict', 'the channel is off', { extensions: { reason: 'channel_off' } });
  const id = newId();
  const row = await tx.one<DeliveryRow>(sql`
    INSERT INTO deliveries AS d (id, workspace_id, user_id, purpose, channel, channel_id)
    VALUES (${id}, ${owner.workspaceId}, ${owner.userId}, 'test', 'webhook', ${channelId})
    RETURNING ${deliveryColumns}`);
  wake(tx, owner.workspaceId, id);
  return row;
}
