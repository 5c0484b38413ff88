import { systemActor } from '../../../domain/kernel/access/authority.ts';
import {
  DELIVERY_TRIES,
  deliveryPauseSeconds,
  FAILURES_TO_DISABLE,
  type SkipCode,
} from '../../../domain/people/deliveries/delivery.ts';
import type { DeliveryRow } from '../../../db/people/deliveries/deliveries-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { SendOutcome } from './courier.ts';

function facts({ channel, purpose, attempts }: DeliveryRow) {
  return { channel, purpose, attempts };
}

function frame(delivery: DeliveryRow) {
  const { id, workspace_id: workspaceId } = delivery;
  return { actor: systemActor(), workspaceId, targetType: 'delivery', targetId: id } as const;
}

/** Ends a delivery that is not sent. Nothing happens when somebody else has moved it. */
export async function skipDelivery(tx: Tx, delivery: DeliveryRow, code: SkipCode): Promise<void> {
  const changed = await tx.execute(sql`
    UPDATE deliveries SET status = 'skipped', gathers = false, code = ${code}, settled_at = now(), updated_at = now()
    WHERE id = ${delivery.id} AND status = ${delivery.status} AND attempts = ${delivery.attempts}`);
  if (changed === 0) return;
  tx.journal({
    ...frame(delivery),
    type: 'delivery.skipped',
    summary: `a delivery by ${delivery.channel} was not sent: ${code}`,
    payload: { ...facts(delivery), code },
  });
}

export type TryOutcome = 'delivered' | 'failed' | 'dead' | 'elsewhere';

/** Writes down how a try of a delivery ended that is being sent; `elsewhere`: it is another process's by now. */
export async function settleTry(
  tx: Tx,
  delivery: DeliveryRow,
  outcome: SendOutcome,
  chance: number,
): Promise<TryOutcome> {
  const { id, attempts, tries } = delivery;
  const held = sql.fragment`WHERE id = ${id} AND status = 'sending' AND attempts = ${attempts}`;
  if (outcome.sent) {
    const changed = await tx.execute(sql`
      UPDATE deliveries SET status = 'delivered', code = NULL, response_status = ${outcome.status}, settled_at = now(),
        updated_at = now() ${held}`);
    if (changed === 0) return 'elsewhere';
    await tx.execute(sql`
      UPDATE notification_channels SET failures = 0 WHERE id = ${delivery.channel_id} AND failures > 0`);
    tx.journal({
      ...frame(delivery),
      type: 'delivery.delivered',
      summary: `delivered by ${delivery.channel}`,
      payload: facts(delivery),
    });
    return 'delivered';
  }
  const { code, status, isFinal, retryAfterSeconds } = outcome;
  // Who tries a channel waits for what comes of it.
  if (!isFinal && delivery.purpose !== 'test' && tries < DELIVERY_TRIES) {
    const pause = deliveryPauseSeconds(tries, chance, retryAfterSeconds);
    const changed = await tx.execute(sql`
      UPDATE deliveries SET status = 'failed', code = ${code}, response_status = ${status},
        due_at = now() + make_interval(secs => ${pause}::double precision), updated_at = now() ${held}`);
    return changed === 0 ? 'elsewhere' : 'failed';
  }
  const changed = await tx.execute(sql`
    UPDATE deliveries SET status = 'dead', code = ${code}, response_status = ${status}, settled_at = now(),
      updated_at = now() ${held}`);
  if (changed === 0) return 'elsewhere';
  tx.journal({
    ...frame(delivery),
    type: 'delivery.dead',
    severity: 'warn',
    summary: `a delivery by ${delivery.channel} is not tried any more`,
    payload: { ...facts(delivery), code },
  });
  await countFailure(tx, delivery, outcome.isGone);
  return 'dead';
}

/** A receiver that is gone, or takes nothing again and again, is not called any more until its owner says so. */
async function countFailure(tx: Tx, delivery: DeliveryRow, isGone: boolean): Promise<void> {
  if (delivery.channel_id === null || (delivery.purpose === 'test' && !isGone)) return;
  const reason = isGone ? 'gone' : 'failing';
  const channel = await tx.maybeOne<{ disabled: boolean }>(sql`
    UPDATE notification_channels SET failures = failures + 1,
      enabled = NOT (${isGone} OR failures + 1 >= ${FAILURES_TO_DISABLE}),
      disabled_reason = CASE WHEN ${isGone} OR failures + 1 >= ${FAILURES_TO_DISABLE} THEN ${reason} END,
      updated_at = now()
    WHERE id = ${delivery.channel_id} AND enabled RETURNING NOT enabled AS disabled`);
  if (channel?.disabled !== true) return;
  tx.journal({
    actor: systemActor(),
    workspaceId: delivery.workspace_id,
    targetType: 'notification_channel',
    targetId: delivery.channel_id,
    type: 'notification_channel.disabled',
    severity: 'warn',
    summary: `a channel of notifications was switched off: its receiver is ${reason}`,
    payload: { reason },
  });
}
