import type { ProvisionStatus } from '../../../domain/crews/provisioning/provision.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** A crew as its provisioning sees it. */
export interface ProvisioningCrew {
  readonly id: string;
  readonly workspace_id: string;
  readonly host_id: string | null;
  readonly devcontainer_config: string | null;
  readonly mise_config: string | null;
  readonly config_hash: string | null;
  readonly cached_image: string | null;
  readonly cached_config_hash: string | null;
  readonly open_job: {
    readonly id: string;
    readonly status: 'queued' | 'running';
    readonly build: { readonly host_id: string; readonly configHash: string; readonly n: number } | null;
  } | null;
}

/** Locks a live crew and reads its open job; null when there is no such crew. */
export async function lockProvisioningCrew(tx: Tx, crewId: string): Promise<ProvisioningCrew | null> {
  const crew = await tx.maybeOne<Omit<ProvisioningCrew, 'open_job'>>(sql`
    SELECT id, workspace_id, host_id, devcontainer_config, mise_config, config_hash, cached_image, cached_config_hash
    FROM crews WHERE id = ${crewId} AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (crew === null) return null;
  const job = await tx.maybeOne<{
    id: string;
    status: 'queued' | 'running';
    host_id: string | null;
    config_hash: string;
    n: number;
  }>(sql`
    SELECT j.id, j.status, b.host_id, b.config_hash, b.n FROM jobs j LEFT JOIN image_builds b ON b.id = j.build_id
    WHERE j.subject_id = ${crewId} AND j.kind = 'provision' AND j.status IN ('queued', 'running')`);
  return {
    ...crew,
    open_job:
      job === null
        ? null
        : {
            id: job.id,
            status: job.status,
            build: job.host_id === null ? null : { host_id: job.host_id, configHash: job.config_hash, n: job.n },
          },
  };
}

/** How callers are told of an open job. */
export function statusOfOpenJob(job: { readonly status: 'queued' | 'running' }): ProvisionStatus {
  return job.status === 'queued' ? 'pending' : 'running';
}
