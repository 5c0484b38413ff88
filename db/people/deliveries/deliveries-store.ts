import type {
  DeliveryCause,
  DeliveryChannel,
  DeliveryPurpose,
  DeliveryState,
} from '../../../domain/people/deliveries/delivery.ts';
import type { InboxType } from '../../../domain/people/inbox/inbox.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

const ORDER = newestFirst('d');

/** A delivery without what it says, which is made when it leaves. */
export interface DeliveryRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly user_id: string;
  readonly purpose: DeliveryPurpose;
  readonly cause: DeliveryCause;
  readonly channel: DeliveryChannel;
  readonly channel_id: string | null;
  readonly type: InboxType | null;
  readonly item_id: string | null;
  readonly digest_id: string | null;
  readonly status: DeliveryState;
  readonly attempts: number;
  readonly tries: number;
  readonly due_at: string;
  readonly code: string | null;
  readonly response_status: number | null;
  readonly settled_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export const deliveryColumns = sql.fragment`d.id, d.workspace_id, d.user_id, d.purpose, d.cause, d.channel,
  d.channel_id, d.type, d.item_id, d.digest_id, d.status, d.attempts, d.tries, d.due_at, d.code, d.response_status,
  d.settled_at, d.created_at, d.updated_at`;

/** Whose deliveries: of a workspace, or there of one person. */
export interface DeliveryOwner {
  readonly workspaceId: string;
  readonly userId?: string;
}

/** Absent members do not narrow. */
export interface DeliveryFilter {
  readonly status?: DeliveryState | undefined;
  readonly channel?: DeliveryChannel | undefined;
  readonly channelId?: string | undefined;
  readonly itemId?: string | undefined;
}

export function ownedBy({ workspaceId, userId }: DeliveryOwner): Fragment {
  return sql.fragment`d.workspace_id = ${workspaceId}
    ${userId === undefined ? sql.fragment`` : sql.fragment`AND d.user_id = ${userId}`}`;
}

function matching(filter: DeliveryFilter): Fragment {
  const pairs = [
    [sql.fragment`d.status`, filter.status],
    [sql.fragment`d.channel`, filter.channel],
    [sql.fragment`d.channel_id`, filter.channelId],
    [sql.fragment`d.item_id`, filter.itemId],
  ] as const;
  const conditions = pairs.flatMap(([column, value]) =>
    value === undefined ? [] : [sql.fragment`AND ${column} = ${value}`],
  );
  return conditions.length === 0 ? sql.fragment`` : sql.join(conditions, sql.fragment` `);
}

/** Deliveries, newest first. */
export function listDeliveries(
  reads: ReadPool,
  owner: DeliveryOwner,
  filter: DeliveryFilter,
  page: PageRequest,
): Promise<Page<DeliveryRow>> {
  const from = sql.fragment`FROM deliveries d WHERE ${ownedBy(owner)} ${matching(filter)}`;
  return readPage<DeliveryRow>(
    reads,
    [owner.workspaceId],
    sql`SELECT ${deliveryColumns}, ${ORDER.key}, count(*) OVER () AS total ${from} ${ORDER.after(page)}
      ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total ${from}`,
  );
}

/** Null: there is none of theirs. */
export function readDelivery(reads: ReadPool, owner: DeliveryOwner, id: string): Promise<DeliveryRow | null> {
  return reads.maybeOne<DeliveryRow>(
    [owner.workspaceId],
    sql`SELECT ${deliveryColumns} FROM deliveries d WHERE d.id = ${id} AND ${ownedBy(owner)}`,
  );
}
