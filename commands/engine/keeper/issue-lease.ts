import { newId } from '../../../platform/ids/ids.ts';
import type { KeeperRequestRow } from '../../../db/vault/keeper/keeper-request-row.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { keeperActor } from './keeper-journal.ts';

/**
 * Has the agent keep what it was allowed for a while: an end that comes earlier is moved, one that comes later stays,
 * and a grant without an end is left as it is. Who has it as one of its crew gets a grant of its own. What a run asked
 * for is leased to that run, and ends with it.
 */
export async function issueLease(
  tx: Tx,
  row: KeeperRequestRow,
  lease: { readonly seconds: number; readonly envVar: string },
): Promise<void> {
  const end = sql.fragment`now() + ${lease.seconds} * interval '1 second'`;
  const place =
    row.run_id === null
      ? sql.fragment`(agent_id, credential_id) WHERE run_id IS NULL`
      : sql.fragment`(run_id, agent_id, credential_id) WHERE run_id IS NOT NULL`;
  const issued = await tx.maybeOne<{ id: string }>(sql`
    INSERT INTO credential_grants (id, workspace_id, credential_id, agent_id, env_var_name, lease_source,
      lease_issued_at, expires_at, run_id)
    SELECT ${newId()}, ${row.workspace_id}, ${row.credential_id}, ${row.agent_id}, ${lease.envVar}, 'keeper_allow',
      now(), ${end}, ${row.run_id}::text
    WHERE NOT EXISTS (
      SELECT 1 FROM credential_grants g
      WHERE g.agent_id = ${row.agent_id} AND g.credential_id = ${row.credential_id} AND g.run_id IS NULL
        AND (g.expires_at IS NULL OR g.expires_at > ${end}))
    ON CONFLICT ${place} DO UPDATE
    SET lease_source = 'keeper_allow', lease_issued_at = now(), expires_at = excluded.expires_at
    WHERE credential_grants.expires_at < excluded.expires_at
    RETURNING id`);
  if (issued === null) return;
  tx.journal({
    type: 'credential.lease_issued',
    severity: 'notice',
    actor: keeperActor(),
    workspaceId: row.workspace_id,
    crewId: row.crew_id,
    agentId: row.agent_id,
    missionId: row.mission_id,
    targetType: 'credential',
    targetId: row.credential_id,
    summary: 'credential leased to an agent',
    payload: { assignment_id: issued.id, request_id: row.id, lease_seconds: lease.seconds, run_id: row.run_id },
  });
}
