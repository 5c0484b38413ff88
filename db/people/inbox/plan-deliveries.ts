import { ROLES, type Role } from '../../../domain/kernel/access/authority.ts';
import type { InboxPriority, InboxType } from '../../../domain/people/inbox/inbox.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

interface PlannedItem {
  readonly id: string;
  readonly workspaceId: string;
  readonly type: InboxType;
  readonly role: Role | null;
  readonly userId: string | null;
  readonly blocking: boolean;
  readonly priority: InboxPriority;
}

interface Planned {
  readonly user_id: string;
  readonly channel: string;
  readonly channel_id: string | null;
  readonly delay_minutes: number | null;
}

/** Whether an item is never told together with others, and is told by a second channel while nobody sees to it. */
export function presses({ blocking, priority }: Pick<PlannedItem, 'blocking' | 'priority'>): boolean {
  return blocking || priority === 'high' || priority === 'urgent';
}

/**
 * Makes the deliveries of an item with it: one for each channel that its people have chosen for its type, and later one
 * by their second channel. What holds when they leave is looked at again then.
 */
export async function planDeliveries(tx: Tx, item: PlannedItem): Promise<void> {
  const roles = item.role === null ? [] : ROLES.slice(0, ROLES.indexOf(item.role) + 1);
  const planned = await tx.any<Planned>(sql`
    SELECT m.user_id, c.channel, w.id AS channel_id,
      CASE WHEN NOT c.chosen THEN (d.body->'staggering'->>'after_minutes')::integer END AS delay_minutes
    FROM config_documents d
    JOIN memberships m ON m.workspace_id = d.workspace_id AND m.user_id = d.key AND m.disabled_at IS NULL
    CROSS JOIN LATERAL (
      SELECT channel, coalesce(d.body->'types'->${item.type}::text @> to_jsonb(channel), false) AS chosen,
        coalesce(d.body->'staggering'->>'channel' = channel, false) AS second
      FROM (VALUES ('email'), ('webhook')) AS ways (channel)
      WHERE d.body->'channels'->channel->>'enabled' = 'true') c
    LEFT JOIN notification_channels w ON c.channel = 'webhook' AND w.workspace_id = d.workspace_id
      AND w.user_id = m.user_id AND w.enabled
    WHERE d.workspace_id = ${item.workspaceId} AND d.kind = 'notifications'
      AND (d.body->'channels'->'email'->>'enabled' = 'true' OR d.body->'channels'->'webhook'->>'enabled' = 'true')
      AND (m.user_id = ${item.userId} OR m.role = ANY (${sql.array([...roles], 'text')}))
      AND (c.channel = 'email' OR w.id IS NOT NULL)
      AND (c.chosen OR (c.second AND ${presses(item)}))`);
  if (planned.length === 0) return;
  const column = (values: readonly (string | null)[]) => sql.array([...values], 'text');
  await tx.execute(sql`
    INSERT INTO deliveries (id, workspace_id, user_id, purpose, cause, channel, channel_id, type, item_id, due_at)
    SELECT p.id, ${item.workspaceId}, p.user_id, 'notification',
      CASE WHEN p.delay IS NULL THEN 'direct' ELSE 'staggered' END, p.channel, p.channel_id, ${item.type}, ${item.id},
      now() + make_interval(mins => coalesce(p.delay, 0))
    FROM unnest(${column(planned.map(() => newId()))}, ${column(planned.map((one) => one.user_id))},
      ${column(planned.map((one) => one.channel))}, ${column(planned.map((one) => one.channel_id))},
      ${sql.array(
        planned.map((one) => one.delay_minutes),
        'int4',
      )}) AS p (id, user_id, channel, channel_id, delay)`);
  tx.enqueue({ kind: 'wake', topic: 'delivery', workspaceId: item.workspaceId, id: item.id });
}
