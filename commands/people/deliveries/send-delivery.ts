import type { Role } from '../../../domain/kernel/access/authority.ts';
import {
  CHANNEL_SECRET_FIELD,
  DELIVERY_TRIES,
  type DeliveryState,
  type SkipCode,
  type WebhookFormat,
} from '../../../domain/people/deliveries/delivery.ts';
import {
  deliveryBody,
  deliveryMail,
  DIGEST_ITEMS,
  type Told,
} from '../../../domain/people/deliveries/delivery-text.ts';
import { digestAt, quietUntil } from '../../../domain/people/deliveries/delivery-times.ts';
import type { InboxItem } from '../../../domain/people/inbox/inbox.ts';
import {
  NO_PREFERENCES,
  NOTIFICATION_DOCUMENT,
  type NotificationPreferences,
} from '../../../domain/people/inbox/notification-preferences.ts';
import { deliveryColumns, type DeliveryRow } from '../../../db/people/deliveries/deliveries-store.ts';
import { mayBeTold, unseenItems } from '../../../db/people/inbox/inbox-store.ts';
import { presses } from '../../../db/people/inbox/plan-deliveries.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type KeyRing, SealError } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { Courier, OutgoingMessage, SendOutcome } from './courier.ts';
import { settleTry, skipDelivery } from './settle-delivery.ts';

/** For so long a delivery is one process's; afterwards that one is taken for dead. */
const LEASE_SECONDS = 120;

export interface DeliverySender {
  readonly db: Pick<Database, 'systemTransaction'>;
  readonly keyRing: Pick<KeyRing, 'open'>;
  readonly courier: Courier;
  /** Null: messages have no links. */
  readonly publicUrl: string | null;
  readonly now?: () => Date;
  readonly chance?: () => number;
}

export type DeliveryOutcome = 'delivered' | 'failed' | 'dead' | 'skipped' | 'put_off' | 'digested' | 'not_due';

/** Who a delivery is for, as things are when it is looked at. */
interface Recipient {
  readonly email: string;
  readonly is_confirmed: boolean;
  readonly role: Role | null;
  readonly workspace_name: string;
  readonly preferences: NotificationPreferences | null;
  readonly channel_url: string | null;
  readonly channel_format: WebhookFormat | null;
  readonly sealed_secret: string | null;
  readonly sealed_old_secret: string | null;
}

/** What becomes of a delivery that is due. */
type Ready = { readonly delivery: DeliveryRow; readonly message: OutgoingMessage };
type Looked = Ready | { readonly outcome: DeliveryOutcome } | Broken;
/** It is dead without being sent. */
type Broken = { readonly delivery: DeliveryRow; readonly fault: 'unsealable' | 'interrupted' };

/**
 * Looks at a delivery, if it is due and nobody else is at it: whether its person may and wants to be told now, which
 * may end it, put it off or give it to a digest; then it is sent. What cannot be sent rests, longer each time, and is
 * dead in the end. A process that dies after the receiver took it, and before the row says so, sends it again: under
 * its id.
 */
export async function sendDelivery(sender: DeliverySender, id: string): Promise<DeliveryOutcome> {
  const { db, courier } = sender;
  const looked = await db.systemTransaction({}, (tx) => lookAt(tx, sender, id));
  if ('outcome' in looked) return looked.outcome;
  const { delivery } = looked;
  const outcome = 'fault' in looked ? brokenBy(looked.fault) : await courier.send(looked.message);
  const chance = sender.chance?.() ?? Math.random();
  const settled = await db.systemTransaction({}, (tx) => settleTry(tx, delivery, outcome, chance));
  return settled === 'elsewhere' ? 'not_due' : settled;
}

function brokenBy(code: Broken['fault']): SendOutcome {
  return { sent: false, code, status: null, isFinal: true, isGone: false, retryAfterSeconds: 0 };
}

async function lookAt(tx: Tx, sender: DeliverySender, id: string): Promise<Looked> {
  const delivery = await tx.maybeOne<DeliveryRow>(sql`
    SELECT ${deliveryColumns} FROM deliveries d
    WHERE d.id = ${id} AND d.settled_at IS NULL AND d.due_at <= now()`);
  if (delivery === null) return { outcome: 'not_due' };
  // Whoever tried it last never came back, whichever process that was.
  if (delivery.status === 'sending' && delivery.tries >= DELIVERY_TRIES) return { delivery, fault: 'interrupted' };
  const recipient = await recipientOf(tx, delivery);
  const preferences = recipient.preferences ?? NO_PREFERENCES;
  const refusal = refusalOf(delivery, recipient, preferences, sender.courier.sendsMail);
  if (refusal !== null) return skip(tx, delivery, refusal);
  const reader = { workspaceId: delivery.workspace_id, userId: delivery.user_id, role: recipient.role! };
  const now = sender.now?.() ?? new Date();

  if (delivery.purpose === 'notification') {
    const [item] = await unseenItems(tx, reader, { itemId: delivery.item_id! }, 1);
    if (item === undefined) {
      const isSeen = await mayBeTold(tx, reader, delivery.item_id!);
      return skip(tx, delivery, isSeen ? 'seen' : 'no_access');
    }
    if (preferences.digest !== null && delivery.attempts === 0 && !presses(item)) {
      return gather(tx, delivery, digestAt(preferences.digest, now));
    }
  }
  const quiet = delivery.purpose === 'test' ? null : quietUntil(preferences.quiet_hours, now);
  if (quiet !== null) {
    await tx.execute(sql`
      UPDATE deliveries SET due_at = ${quiet.toISOString()}::timestamptz, updated_at = now() ${asRead(delivery)}`);
    return { outcome: 'put_off' };
  }
  const claimed = await tx.maybeOne<DeliveryRow>(sql`
    UPDATE deliveries d SET status = 'sending', gathers = false, attempts = d.attempts + 1, tries = d.tries + 1,
      due_at = now() + make_interval(secs => ${LEASE_SECONDS}), updated_at = now() ${asRead(delivery)}
    RETURNING ${deliveryColumns}`);
  if (claimed === null) return { outcome: 'not_due' };
  // Read after the claim: a digest gathers no more from here on.
  const items = await itemsOf(tx, claimed, reader);
  if (items.length === 0 && claimed.purpose !== 'test') return skip(tx, claimed, 'seen');
  return compose(sender, claimed, recipient, items, now);
}

/** The row is as it was read: whoever moved it meanwhile has it. */
function asRead({ id, status, attempts }: DeliveryRow) {
  return sql.fragment`WHERE id = ${id} AND status = ${status satisfies DeliveryState} AND attempts = ${attempts}
    AND due_at <= now()`;
}

async function skip(tx: Tx, delivery: DeliveryRow, code: SkipCode): Promise<Looked> {
  await skipDelivery(tx, delivery, code);
  return { outcome: 'skipped' };
}

function recipientOf(tx: Tx, delivery: DeliveryRow): Promise<Recipient> {
  return tx.one<Recipient>(sql`
    SELECT u.email, u.email_verified_at IS NOT NULL AS is_confirmed, w.name AS workspace_name,
      CASE WHEN u.disabled_at IS NULL AND w.deleted_at IS NULL THEN m.role END AS role, p.body AS preferences,
      c.url AS channel_url, c.format AS channel_format, c.sealed_secret,
      CASE WHEN c.old_secret_until > now() THEN c.sealed_old_secret END AS sealed_old_secret
    FROM users u
    JOIN workspaces w ON w.id = ${delivery.workspace_id}
    LEFT JOIN memberships m ON m.workspace_id = w.id AND m.user_id = u.id AND m.disabled_at IS NULL
    LEFT JOIN config_documents p ON p.workspace_id = w.id AND p.kind = ${NOTIFICATION_DOCUMENT} AND p.key = u.id
    LEFT JOIN notification_channels c ON c.id = ${delivery.channel_id} AND c.user_id = u.id AND c.enabled
    WHERE u.id = ${delivery.user_id}`);
}

/** Why a delivery does not leave at all; null: it may. */
function refusalOf(
  delivery: DeliveryRow,
  recipient: Recipient,
  preferences: NotificationPreferences,
  sendsMail: boolean,
): SkipCode | null {
  const { channel, purpose, type } = delivery;
  if (recipient.role === null) return 'no_access';
  if (channel === 'email' && !sendsMail) return 'no_mail_server';
  if (channel === 'email' && !recipient.is_confirmed) return 'address_unconfirmed';
  if (channel === 'webhook' && recipient.channel_url === null) return 'channel_off';
  if (purpose === 'test') return null;
  if (!preferences.channels[channel].enabled) return 'switched_off';
  if (purpose === 'digest') return null;
  const isWanted =
    delivery.cause === 'staggered'
      ? preferences.staggering?.channel === channel
      : (preferences.types[type!]?.includes(channel) ?? false);
  return isWanted ? null : 'switched_off';
}

/** Gives a notification to the digest that gathers for its person's channel, or to a new one. */
async function gather(tx: Tx, delivery: DeliveryRow, at: Date): Promise<Looked> {
  const { workspace_id: workspaceId, user_id: userId, channel, channel_id: channelId } = delivery;
  const id = newId();
  const digest = await tx.maybeOne<{ id: string }>(sql`
    WITH digest AS (
      INSERT INTO deliveries AS g (id, workspace_id, user_id, purpose, channel, channel_id, gathers, due_at)
      VALUES (${id}, ${workspaceId}, ${userId}, 'digest', ${channel}, ${channelId}, true,
        ${at.toISOString()}::timestamptz)
      ON CONFLICT (workspace_id, user_id, channel, channel_id) WHERE gathers DO UPDATE SET updated_at = now()
      RETURNING g.id
    )
    UPDATE deliveries SET status = 'digested', digest_id = (SELECT d.id FROM digest d), settled_at = now(),
      updated_at = now() ${asRead(delivery)}
    RETURNING digest_id AS id`);
  if (digest === null) return { outcome: 'not_due' };
  if (digest.id === id) tx.enqueue({ kind: 'wake', topic: 'delivery', workspaceId, id });
  return { outcome: 'digested' };
}

type Items = readonly (InboxItem & { readonly total: number })[];

async function itemsOf(
  tx: Tx,
  { purpose, item_id: itemId, id }: DeliveryRow,
  reader: Parameters<typeof unseenItems>[1],
): Promise<Items> {
  if (purpose === 'test') return [];
  if (purpose === 'notification') return unseenItems(tx, reader, { itemId: itemId! }, 1);
  return unseenItems(tx, reader, { digestId: id }, DIGEST_ITEMS);
}

function compose(sender: DeliverySender, delivery: DeliveryRow, recipient: Recipient, items: Items, at: Date): Looked {
  const { id, purpose, cause, workspace_id: workspaceId } = delivery;
  const told: Told = {
    deliveryId: id,
    ...{ purpose, cause, items, at, publicUrl: sender.publicUrl },
    total: items[0]?.total ?? 0,
    workspace: { id: workspaceId, name: recipient.workspace_name },
  };
  if (delivery.channel === 'email') {
    return { delivery, message: { channel: 'email', id, to: recipient.email, ...deliveryMail(told) } };
  }
  const context = { workspaceId, ownerId: delivery.channel_id!, field: CHANNEL_SECRET_FIELD };
  const sealed = [recipient.sealed_secret, recipient.sealed_old_secret].filter((one) => one !== null);
  let secrets: string[];
  try {
    secrets = sealed.map((one) => sender.keyRing.open(one, context));
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return { delivery, fault: 'unsealable' };
  }
  const url = recipient.channel_url!;
  const body = deliveryBody(told, recipient.channel_format!);
  return { delivery, message: { channel: 'webhook', id, url, ...body, secrets, sentAt: at, share: workspaceId } };
}
