import { type ContainerFacts, containerDrift, type ContainerPlan } from '../../../domain/crews/crews/container-plan.ts';
import { InvalidConfigError } from '../../../domain/crews/provisioning/read-devcontainer-config.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** What decides how a crew's container is made; the table's alias is `c`. */
export const containerFacts = sql.fragment`
  c.cached_image_id, c.config_hash, c.runtime_image, c.container_memory_mb, c.container_cpus, c.network_mode,
  c.devcontainer_config,
  (SELECT w.allow_privileged_credentials FROM workspaces w WHERE w.id = c.workspace_id) AS may_be_privileged`;

/**
 * Whether the running container of a locked crew is made of something else than the crew wants now, and may go:
 * `replace`: no attempt runs in it; `leave`: those that run in it are all being restarted, and it is its image that is
 * old, so who would start waits until they are out. Null: it is current, or agents work in it, which are never ended
 * for it. A restart alone keeps a container whose image is current.
 */
export async function outdatedContainer(tx: Tx, crewId: string): Promise<'replace' | 'leave' | null> {
  const row = await tx.one<
    ContainerFacts & { container_plan: ContainerPlan | null; busy: boolean; leaving: boolean }
  >(sql`
    SELECT ${containerFacts}, c.container_plan, coalesce(live.busy, false) AS busy,
      coalesce(live.leaving, false) AS leaving
    FROM crews c CROSS JOIN LATERAL (
      SELECT bool_or(r.restart_requested_at IS NULL) AS busy, bool_or(r.restart_requested_at IS NOT NULL) AS leaving
      FROM runs r WHERE r.crew_id = c.id AND r.status = 'RUNNING' AND NOT r.reported
    ) live
    WHERE c.id = ${crewId}`);
  if (row.busy || row.container_plan === null) return null;
  const drift = driftOf(row.container_plan, row);
  if (drift === null) return null;
  if (!row.leaving) return 'replace';
  return drift === 'image' ? 'leave' : null;
}

function driftOf(made: ContainerPlan, facts: ContainerFacts): ReturnType<typeof containerDrift> {
  try {
    return containerDrift(made, facts);
  } catch (error) {
    // A configuration from before a rule: its next start says so.
    if (error instanceof InvalidConfigError) return null;
    throw error;
  }
}

/**
 * How many agents of a crew are in a container of another image than the crew's current one
 * (docs/contracts/provisioning.md, Status).
 */
export async function countAgentsPendingRestart(
  reads: Pick<ReadPool, 'maybeOne'>,
  workspaceId: string,
  crewId: string,
): Promise<number> {
  const row = await reads.maybeOne<{ pending: number }>(
    [workspaceId],
    sql`
      SELECT count(*)::integer AS pending FROM crews c JOIN agents a ON a.crew_id = c.id AND a.deleted_at IS NULL
      WHERE c.id = ${crewId} AND c.container_status = 'running' AND CASE
        WHEN c.cached_image_id IS NOT NULL THEN c.container_image_id IS DISTINCT FROM c.cached_image_id
        WHEN c.devcontainer_config IS NULL THEN c.container_plan ->> 'image' IS DISTINCT FROM c.runtime_image
        ELSE false END`,
  );
  return row?.pending ?? 0;
}
