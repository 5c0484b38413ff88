import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  CHANNEL_SECRET_FIELD,
  MAX_CHANNELS,
  OLD_SECRET_SECONDS,
  type WebhookFormat,
  type WebhookSignature,
} from '../../../domain/people/deliveries/delivery.ts';
import { channelColumns, type ChannelOwner, type ChannelRow } from '../../../db/people/deliveries/channels-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { generateWebhookKey, type WebhookKey } from '../../../platform/webhooks/webhook-signature.ts';

export interface NewChannel extends ChannelOwner {
  readonly name: string;
  readonly url: string;
  readonly format: WebhookFormat;
  readonly signature: WebhookSignature;
}

/** A channel and what its signatures are made with, which is shown this once; null: its public key is enough. */
export interface ChannelWithSecret {
  readonly channel: ChannelRow;
  readonly secret: string | null;
}

function frame(channelId: string, workspaceId: string, actor: Actor) {
  return { actor, workspaceId, targetType: 'notification_channel', targetId: channelId } as const;
}

const shown = (key: WebhookKey): string | null => (key.publicKey === null ? key.secret : null);

function sealKey(ring: Pick<KeyRing, 'seal'>, key: WebhookKey, workspaceId: string, channelId: string): string {
  return ring.seal(key.secret, { workspaceId, ownerId: channelId, field: CHANNEL_SECRET_FIELD });
}

/** Makes a channel. Throws `conflict` for one too many. */
export async function createChannel(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  channel: NewChannel,
  actor: Actor,
): Promise<ChannelWithSecret> {
  const { workspaceId, userId, name, url, format, signature } = channel;
  // Of those who make channels of one person at once, each counts what the others made.
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`channels of ${userId}`}, 0))`);
  const { count } = await tx.one<{ count: number }>(sql`
    SELECT count(*) AS count FROM notification_channels
    WHERE workspace_id = ${workspaceId} AND user_id = ${userId}`);
  if (count >= MAX_CHANNELS) throw new CrewshipError('conflict', `at most ${MAX_CHANNELS} channels a person`);
  const id = newId();
  const key = generateWebhookKey(signature);
  const row = await tx.one<ChannelRow>(sql`
    INSERT INTO notification_channels (id, workspace_id, user_id, name, url, format, signature, sealed_secret,
      public_key)
    VALUES (${id}, ${workspaceId}, ${userId}, ${name}, ${url}, ${format}, ${signature},
      ${sealKey(ring, key, workspaceId, id)}, ${key.publicKey})
    RETURNING ${channelColumns}`);
  tx.journal({
    ...frame(id, workspaceId, actor),
    type: 'notification_channel.created',
    summary: 'a channel of notifications was made',
    payload: { format, signature },
  });
  return { channel: row, secret: shown(key) };
}

export interface ChannelChange {
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  readonly format?: WebhookFormat | undefined;
  readonly enabled?: boolean | undefined;
}

/** Changes a channel; one that is switched on, or leads elsewhere, begins without failures. Throws `not_found`. */
export async function updateChannel(
  tx: Tx,
  owner: ChannelOwner,
  id: string,
  change: ChannelChange,
  actor: Actor,
): Promise<ChannelRow> {
  const { name = null, url = null, format = null, enabled = null } = change;
  const isAnew = url !== null || enabled === true;
  const row = await tx.maybeOne<ChannelRow>(sql`
    UPDATE notification_channels SET name = coalesce(${name}, name), url = coalesce(${url}, url),
      format = coalesce(${format}, format), enabled = coalesce(${enabled}::boolean, enabled),
      disabled_reason = CASE WHEN ${enabled}::boolean IS NULL THEN disabled_reason END,
      failures = CASE WHEN ${isAnew} THEN 0 ELSE failures END, updated_at = now()
    WHERE id = ${id} AND workspace_id = ${owner.workspaceId} AND user_id = ${owner.userId}
    RETURNING ${channelColumns}`);
  if (row === null) throw notFound('notification channel');
  tx.journal({
    ...frame(id, owner.workspaceId, actor),
    type: 'notification_channel.updated',
    summary: 'a channel of notifications was changed',
    payload: {
      changed_fields: Object.keys(change).filter((field) => change[field as keyof ChannelChange] !== undefined),
    },
  });
  return row;
}

/** Makes another secret; the one before it signs beside it for a day. Throws `not_found`. */
export async function rotateChannelSecret(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  owner: ChannelOwner,
  id: string,
  actor: Actor,
): Promise<ChannelWithSecret> {
  const held = await tx.maybeOne<{ signature: WebhookSignature }>(sql`
    SELECT signature FROM notification_channels
    WHERE id = ${id} AND workspace_id = ${owner.workspaceId} AND user_id = ${owner.userId} FOR UPDATE`);
  if (held === null) throw notFound('notification channel');
  const key = generateWebhookKey(held.signature);
  const row = await tx.one<ChannelRow>(sql`
    UPDATE notification_channels SET sealed_old_secret = sealed_secret,
      old_secret_until = now() + make_interval(secs => ${OLD_SECRET_SECONDS}),
      sealed_secret = ${sealKey(ring, key, owner.workspaceId, id)}, public_key = ${key.publicKey}, updated_at = now()
    WHERE id = ${id} RETURNING ${channelColumns}`);
  tx.journal({
    ...frame(id, owner.workspaceId, actor),
    type: 'notification_channel.secret_rotated',
    summary: 'a channel of notifications has another secret',
  });
  return { channel: row, secret: shown(key) };
}

/** Deletes a channel with its secrets; what was to go by it is skipped. Throws `not_found`. */
export async function deleteChannel(tx: Tx, owner: ChannelOwner, id: string, actor: Actor): Promise<void> {
  const deleted = await tx.execute(sql`
    DELETE FROM notification_channels
    WHERE id = ${id} AND workspace_id = ${owner.workspaceId} AND user_id = ${owner.userId}`);
  if (deleted === 0) throw notFound('notification channel');
  tx.journal({
    ...frame(id, owner.workspaceId, actor),
    type: 'notification_channel.deleted',
    summary: 'a channel of notifications was deleted',
  });
}
