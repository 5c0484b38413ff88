import { systemActor } from '../../../domain/kernel/access/authority.ts';
import {
  KEEPER_SIGNAL_EVERY_MS,
  type KeeperSignal,
  keeperSignals,
  type RecentDecisions,
} from '../../../domain/vault/keeper/keeper-health.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { TransitionAlreadyCommitted } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { recentDecisions } from '../../../db/vault/keeper/list-keeper-requests.ts';

/** Workspaces whose keeper was asked within as long are looked at. */
const LOOK_BACK_MINUTES = 30;
const MAX_WORKSPACES = 1_000;

/**
 * Writes down what is wrong with keepers that were asked lately, each signal once in six hours, unless a workspace has
 * switched that off. Returns how many were written.
 */
export async function watchKeeperHealth(
  db: Pick<Database, 'systemTransaction'>,
  nowMs: number = Date.now(),
): Promise<number> {
  const asked = await db.systemTransaction({}, (tx) =>
    tx.any<RecentDecisions & { workspace_id: string }>(sql`
      SELECT w.workspace_id, r.* FROM (
        SELECT DISTINCT q.workspace_id FROM keeper_requests q
        WHERE q.created_at > now() - ${LOOK_BACK_MINUTES} * interval '1 minute' AND NOT EXISTS (
          SELECT 1 FROM keeper_governance g WHERE g.workspace_id = q.workspace_id AND NOT g.enabled)
        ORDER BY q.workspace_id ${sql.limit(MAX_WORKSPACES)}
      ) w CROSS JOIN LATERAL ${recentDecisions(sql.fragment`w.workspace_id`)} r`),
  );
  let written = 0;
  for (const { workspace_id: workspaceId, ...decisions } of asked) {
    for (const signal of keeperSignals(decisions)) {
      if (await say(db, workspaceId, signal, decisions, Math.floor(nowMs / KEEPER_SIGNAL_EVERY_MS))) written += 1;
    }
  }
  return written;
}

/** False: it was said in this time already, by whichever process. */
async function say(
  db: Pick<Database, 'systemTransaction'>,
  workspaceId: string,
  signal: KeeperSignal,
  decisions: RecentDecisions,
  time: number,
): Promise<boolean> {
  try {
    await db.systemTransaction({}, async (tx) =>
      tx.journal({
        transitionId: `keeper-health-${workspaceId}-${signal}:${time}`,
        type: 'keeper.health',
        severity: 'error',
        actor: systemActor(),
        workspaceId,
        targetType: 'workspace',
        targetId: workspaceId,
        summary: `keeper: ${signal}`,
        payload: { signal, ...decisions },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof TransitionAlreadyCommitted) return false;
    throw error;
  }
}
