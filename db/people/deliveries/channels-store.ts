import type { WebhookFormat, WebhookSignature } from '../../../domain/people/deliveries/delivery.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** A person's receiver of webhooks, without its secret. */
export interface ChannelRow {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly format: WebhookFormat;
  readonly signature: WebhookSignature;
  readonly public_key: string | null;
  readonly enabled: boolean;
  readonly disabled_reason: 'gone' | 'failing' | null;
  /** Deliveries that died one after the other. */
  readonly failures: number;
  /** Until when the secret before the newest signs, too. */
  readonly old_secret_until: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export const channelColumns = sql.fragment`id, name, url, format, signature, public_key, enabled, disabled_reason,
  failures, CASE WHEN old_secret_until > now() THEN old_secret_until END AS old_secret_until, created_at, updated_at`;

/** Whose channels. */
export interface ChannelOwner {
  readonly workspaceId: string;
  readonly userId: string;
}

/** All channels of a person in a workspace, oldest first: there are never many. */
export function listChannels(reads: ReadPool, { workspaceId, userId }: ChannelOwner): Promise<readonly ChannelRow[]> {
  return reads.any<ChannelRow>(
    [workspaceId],
    sql`SELECT ${channelColumns} FROM notification_channels
      WHERE workspace_id = ${workspaceId} AND user_id = ${userId} ORDER BY created_at, id`,
  );
}

/** Null: there is none of theirs. */
export function readChannel(reads: ReadPool, owner: ChannelOwner, id: string): Promise<ChannelRow | null> {
  return reads.maybeOne<ChannelRow>(
    [owner.workspaceId],
    sql`SELECT ${channelColumns} FROM notification_channels
      WHERE id = ${id} AND workspace_id = ${owner.workspaceId} AND user_id = ${owner.userId}`,
  );
}
