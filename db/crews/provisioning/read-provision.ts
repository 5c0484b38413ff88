import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { BUILD_STEPS, type BuildStep } from '../../../domain/crews/provisioning/build-spec.ts';
import type { ProvisionStatus } from '../../../domain/crews/provisioning/provision.ts';
import { countAgentsPendingRestart } from '../crews/outdated-container.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/**
 * A crew's provisioning as callers see it; the members after `agents_pending_restart` only of a job
 * (docs/contracts/provisioning.md, Status).
 */
export interface ProvisionView {
  readonly status: ProvisionStatus;
  readonly devcontainer_config: string | null;
  readonly cached_image: string | null;
  readonly config_hash: string | null;
  readonly agents_pending_restart: number;
  readonly step?: number;
  readonly total?: number;
  readonly message?: string;
  readonly steps?: readonly BuildStep[];
  readonly log_tail?: readonly string[];
  /** Once the build has found them, in the order of their installation. */
  readonly resolved_features?: readonly ResolvedFeatureView[];
  readonly started_at?: string;
  readonly completed_at?: string;
  readonly error?: string;
}

/** Which feature it is, and nothing of the options it was given. */
export interface ResolvedFeatureView {
  readonly ref: string;
  /** Of its manifest. */
  readonly digest: string;
  /** As its publisher says; '' when it says none. */
  readonly version: string;
}

/** How long a job that went well is shown after its end; one that failed is shown until the next. */
const SHOWN_AFTER_END_MS = 3_600_000;

interface ProvisionRow {
  readonly devcontainer_config: string | null;
  readonly cached_image: string | null;
  readonly config_hash: string | null;
  readonly job_status: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | null;
  readonly job_hash: string | null;
  readonly job_error: string | null;
  readonly job_started_at: string;
  readonly job_finished_at: string | null;
  readonly recent: boolean;
  readonly build_status: string | null;
  readonly source: 'built' | 'registry' | null;
  readonly steps_done: number | null;
  readonly message: string | null;
  readonly log_tail: readonly string[] | null;
  readonly resolved_features: readonly ResolvedFeatureView[] | null;
}

/** The newest provisioning of a crew, with the image that it has. Throws `not_found`. */
export async function readProvision(reads: ReadPool, workspaceId: string, crewId: string): Promise<ProvisionView> {
  const row = await reads.maybeOne<ProvisionRow>(
    [workspaceId],
    sql`
      SELECT c.devcontainer_config, c.cached_image, c.config_hash, j.status AS job_status,
        j.input ->> 'config_hash' AS job_hash, j.error_message AS job_error,
        coalesce(b.started_at, j.started_at, j.created_at) AS job_started_at, j.finished_at AS job_finished_at,
        coalesce(j.finished_at > now() - ${SHOWN_AFTER_END_MS} * interval '1 millisecond', true) AS recent,
        b.status AS build_status, b.source, b.steps_done, b.message, b.log_tail,
        (SELECT jsonb_agg(jsonb_build_object(
            'ref', f ->> 'ref', 'digest', f ->> 'digest', 'version', coalesce(f -> 'metadata' ->> 'version', ''))
            ORDER BY place)
          FROM jsonb_array_elements(b.resolved_features) WITH ORDINALITY AS feature (f, place)) AS resolved_features
      FROM crews c
      LEFT JOIN LATERAL (
        SELECT * FROM jobs WHERE subject_id = c.id AND kind = 'provision' ORDER BY created_at DESC, id DESC LIMIT 1
      ) j ON true
      LEFT JOIN image_builds b ON b.id = j.build_id
      WHERE c.id = ${crewId} AND c.deleted_at IS NULL`,
  );
  if (row === null) throw notFound('crew');
  const { devcontainer_config, cached_image, config_hash } = row;
  const status = statusOf(row);
  return {
    ...{ status, devcontainer_config, cached_image, config_hash },
    agents_pending_restart: await countAgentsPendingRestart(reads, workspaceId, crewId),
    ...progressOf(row, status),
  };
}

function statusOf(row: ProvisionRow): ProvisionStatus {
  if (row.job_status === 'queued' || row.job_status === 'running') {
    return row.build_status === 'running' ? 'running' : 'pending';
  }
  // What failed was asked of another configuration.
  const overtaken = row.devcontainer_config === null || (row.config_hash !== null && row.config_hash !== row.job_hash);
  if (row.job_status === 'failed' && !overtaken) return 'failed';
  return row.cached_image === null ? 'idle' : 'completed';
}

function progressOf(row: ProvisionRow, status: ProvisionStatus): Partial<ProvisionView> {
  const shown = status === 'failed' || row.job_status === 'queued' || row.job_status === 'running';
  if (!shown && !(row.job_status === 'completed' && row.recent)) return {};
  const total = BUILD_STEPS.length;
  const ended = row.job_finished_at;
  return {
    // The step that is being taken.
    step:
      row.job_status === 'completed' ? total : Math.min(total, (row.steps_done ?? 0) + (status === 'pending' ? 0 : 1)),
    total,
    message: messageOf(row),
    steps: BUILD_STEPS,
    log_tail: row.log_tail ?? [],
    ...(row.resolved_features === null ? {} : { resolved_features: row.resolved_features }),
    started_at: row.job_started_at,
    ...(ended === null ? {} : { completed_at: ended }),
    ...(status === 'failed' ? { error: row.job_error ?? 'the build failed' } : {}),
  };
}

function messageOf(row: ProvisionRow): string {
  if (row.job_status === 'completed') {
    if (row.build_status === null) return 'image found in the cache';
    return row.source === 'registry' ? 'image was taken from the registry' : 'image is ready';
  }
  if (row.job_status === 'failed') return row.message ?? 'not begun';
  return row.message ?? 'waiting for the host';
}
