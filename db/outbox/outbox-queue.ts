import type { Database } from '../kernel/database.ts';
import { sql } from '../kernel/sql.ts';

/** A command as the relay holds it. */
export interface ClaimedCommand {
  readonly id: number;
  readonly kind: 'workflow' | 'wake';
  readonly target: string;
  readonly workspace_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly request_id: string | null;
  readonly attempts: number;
}

export type CommandKind = ClaimedCommand['kind'];

/**
 * Takes due commands for `leaseMs`, of each kind at most as many as `limits` says: they come back by themselves when
 * the taker dies. The lease is the row's next due time, so there is one index and nothing to clean up. `now()`, as a
 * volatile clock would keep the index from being searched: with 20,000 commands waiting for their next try a claim
 * takes 0.06 ms instead of 30 ms.
 */
export async function claimCommands(
  db: Database,
  options: { owner: string; limits: Readonly<Record<CommandKind, number>>; leaseMs: number },
) {
  const due = (kind: CommandKind) => sql.fragment`
      SELECT id FROM outbox WHERE parked_at IS NULL AND kind = ${kind} AND available_at <= now()
      ORDER BY available_at, id ${sql.limit(options.limits[kind])} FOR UPDATE SKIP LOCKED`;
  return db.systemStatement<ClaimedCommand>(sql`
    WITH wakes AS (${due('wake')}), workflows AS (${due('workflow')})
    UPDATE outbox o SET attempts = o.attempts + 1, lease_owner = ${options.owner},
      available_at = clock_timestamp() + ${options.leaseMs} * interval '1 millisecond'
    FROM (SELECT id FROM wakes UNION ALL SELECT id FROM workflows) due
    WHERE o.id = due.id
    RETURNING o.id, o.kind, o.target, o.workspace_id, o.payload, o.request_id, o.attempts`);
}

/** Delivered: gone. */
export async function deleteCommands(db: Database, ids: readonly number[]): Promise<void> {
  await db.systemStatement(sql`DELETE FROM outbox WHERE id = ANY(${sql.array(ids, 'int8')})`);
}

/** A transient refusal: due again after `delayMs`. */
export async function deferCommands(
  db: Database,
  ids: readonly number[],
  delayMs: number,
  code: string,
): Promise<void> {
  await db.systemTransaction({}, (tx) =>
    tx.execute(sql`
      UPDATE outbox SET error_code = ${code}, lease_owner = NULL,
        available_at = clock_timestamp() + ${delayMs} * interval '1 millisecond'
      WHERE id = ANY(${sql.array(ids, 'int8')})`),
  );
}

/** A permanent refusal: kept, visible to operators, never tried again by itself; the journal says so. */
export async function parkCommand(db: Database, command: ClaimedCommand, code: string): Promise<void> {
  await db.systemTransaction({ requestId: command.request_id }, async (tx) => {
    await tx.execute(sql`UPDATE outbox SET parked_at = now(), error_code = ${code} WHERE id = ${command.id}`);
    tx.journal({
      type: 'system.command_parked',
      severity: 'error',
      actor: {
        type: 'system',
        id: null,
        authMethod: null,
        tokenId: null,
        sessionId: null,
        requestId: null,
        address: null,
      },
      workspaceId: command.workspace_id,
      targetType: 'outbox',
      targetId: String(command.id),
      summary: `command for ${command.target} was refused for good`,
      payload: { command_id: command.id, kind: command.kind, target: command.target, code },
    });
  });
}
