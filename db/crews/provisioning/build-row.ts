import type { BuildSpec, BuildStep } from '../../../domain/crews/provisioning/build-spec.ts';
import { type WorkflowAddress, buildKey, parseBuildKey } from '../../../domain/kernel/outbox/outbox-command.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import type { ProvisionJob } from '../../../domain/crews/provisioning/provision.ts';

export type BuildStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';

/** A build as its workflow has it. */
export interface BuildRow {
  readonly id: string;
  readonly host_id: string;
  readonly config_hash: string;
  readonly n: number;
  readonly asked_by_workspace_id: string;
  readonly status: BuildStatus;
  readonly source: 'built' | 'registry';
  readonly step: BuildStep | null;
  readonly steps_done: number;
  readonly step_failures: number;
  readonly restarts: number;
  readonly spec: BuildSpec;
  readonly log_tail: readonly string[];
  readonly resolved_features: unknown;
  readonly base_image_id: string | null;
  readonly mise_env: Readonly<Record<string, string>> | null;
  readonly image_id: string | null;
  readonly size_bytes: number | null;
  readonly error_message: string | null;
  readonly closed_at: string | null;
}

const columns = sql.fragment`
  id, host_id, config_hash, n, asked_by_workspace_id, status, source, step, steps_done, step_failures, restarts, spec,
  log_tail, resolved_features, base_image_id, mise_env, image_id, size_bytes, error_message, closed_at`;

/** The address of a build's workflow. */
export function buildAddress(
  build: Pick<BuildRow, 'host_id' | 'config_hash' | 'n' | 'asked_by_workspace_id'>,
): WorkflowAddress {
  return {
    workspaceId: build.asked_by_workspace_id,
    id: buildKey(build.host_id, build.config_hash),
    generation: build.n,
  };
}

/** Locks a build after the crews of those who follow it, before its jobs. Only for the system login. */
export async function lockBuild(tx: Tx, address: Pick<WorkflowAddress, 'id' | 'generation'>): Promise<BuildRow | null> {
  const { hostId, configHash } = parseBuildKey(address.id);
  return tx.maybeOne<BuildRow>(sql`
    SELECT ${columns} FROM image_builds
    WHERE host_id = ${hostId} AND config_hash = ${configHash} AND n = ${address.generation} FOR UPDATE`);
}

export function isActive(build: Pick<BuildRow, 'status'>): boolean {
  return build.status === 'queued' || build.status === 'running';
}

/** The jobs that wait for a build. */
export function readFollowers(tx: Tx, buildId: string): Promise<readonly ProvisionJob[]> {
  return tx.any<ProvisionJob>(sql`
    SELECT id, workspace_id, subject_id AS crew_id FROM jobs
    WHERE build_id = ${buildId} AND status IN ('queued', 'running') ORDER BY subject_id`);
}

/** The newest build of an image on a host; null when there was none. */
export async function readNewestBuild(tx: Tx, key: string): Promise<number | null> {
  const { hostId, configHash } = parseBuildKey(key);
  const { n } = await tx.one<{ n: number | null }>(sql`
    SELECT max(n) AS n FROM image_builds WHERE host_id = ${hostId} AND config_hash = ${configHash}`);
  return n;
}
