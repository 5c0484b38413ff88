import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { ContainerPlan } from '../../../domain/crews/crews/container-plan.ts';
import { outdatedContainer } from '../../../db/crews/crews/outdated-container.ts';
import { tellAdmittedRuns } from './tell-admitted-runs.ts';
import { type ContainerStatus, type CrewRow, lockCrew } from '../../../db/crews/crews/crew-row.ts';

function journalContainer(tx: Tx, crew: CrewRow, to: ContainerStatus, generation: number, reason: string): void {
  tx.journal({
    transitionId: `crew-${crew.id}-${generation}:${to}`,
    type: 'container.status_change',
    severity: to === 'error' ? 'error' : 'info',
    actor: orchestratorActor(),
    workspaceId: crew.workspace_id,
    crewId: crew.id,
    targetType: 'crew',
    targetId: crew.id,
    summary: `crew container ${crew.container_status} → ${to}`,
    payload: { from: crew.container_status, to, generation, reason },
  });
}

/**
 * Asks for a crew's container: a new generation in `starting` and the command that starts its workflow. Only for a
 * locked crew that is stopped, in error, or has what may go: then the container is replaced, and its workflow told to
 * close.
 */
export async function requestContainer(
  tx: Tx,
  crew: CrewRow,
  reason: 'needed' | 'restarted' = 'needed',
): Promise<number> {
  const generation = crew.generation + 1;
  await tx.execute(sql`
    UPDATE crews SET container_status = 'starting', generation = ${generation}, container_id = NULL,
      container_error = NULL, container_started_at = NULL, container_image_id = NULL, container_plan = NULL,
      last_used_at = now()
    WHERE id = ${crew.id} AND generation = ${crew.generation}`);
  const replaces = crew.container_status === 'running' || crew.container_status === 'starting';
  journalContainer(tx, crew, 'starting', generation, replaces && reason === 'needed' ? 'outdated' : reason);
  if (replaces) enqueueWorkflow(tx, crew);
  enqueueWorkflow(tx, { ...crew, generation });
  return generation;
}

/** What the crew's workflow does next. */
export type CrewStep =
  | { readonly kind: 'closed' }
  /** Bring the container up on this host. */
  | { readonly kind: 'start'; readonly hostId: string }
  /** The container is up but its sidecar is gone, or to be replaced. */
  | { readonly kind: 'restart-sidecar'; readonly hostId: string }
  /** Take down what this generation left on this host, then close. */
  | { readonly kind: 'remove'; readonly hostId: string }
  /** The container is up; look again when told, at most after `wakeInMs`. */
  | { readonly kind: 'waiting'; readonly wakeInMs: number | null };

/** Whether a crew has the image that its configuration wants. */
export type ImageReadiness =
  | { readonly kind: 'ready' }
  /** Being built: the build tells the crew's workflow when it ends. */
  | { readonly kind: 'building' }
  /** Not to be had; `message` is safe to show. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** However short a crew's limit, its workflow does not look more often while something runs. */
const SHORTEST_LOOK_MS = 1_000;

/**
 * One step of a crew's workflow. A crew that is to start waits until it has its image (`ensureImage`). Stopping is
 * decided here: no live run, and either the container is outdated or the time since the last use exceeds the crew's
 * limit (0: never). The row turns `stopped` first; whoever needs the container from then on gets a new generation.
 */
export async function advanceCrew(
  db: Database,
  address: WorkflowAddress,
  ensureImage: (tx: Tx, crewId: string) => Promise<ImageReadiness>,
): Promise<CrewStep> {
  return db.transaction(workflowScope(address), async (tx): Promise<CrewStep> => {
    const crew = await lockCrew(tx, address.id);
    if (crew === null || crew.host_id === null) return { kind: 'closed' };
    if (crew.generation !== address.generation) {
      return { kind: 'remove', hostId: await hostOfGeneration(tx, crew.id, address.generation, crew.host_id) };
    }
    if (crew.container_status === 'stopped' || crew.container_status === 'error') {
      return { kind: 'remove', hostId: crew.host_id };
    }
    if (crew.deleted_at !== null) {
      await stop(tx, crew, 'crew deleted');
      await tellAdmittedRuns(tx, crew.id);
      return { kind: 'remove', hostId: crew.host_id };
    }
    if (crew.container_status === 'starting') {
      const image = await ensureImage(tx, crew.id);
      switch (image.kind) {
        case 'ready':
          return { kind: 'start', hostId: crew.host_id };
        case 'building':
          return { kind: 'waiting', wakeInMs: null };
        case 'refused':
          await failStart(tx, crew, image);
          return { kind: 'remove', hostId: crew.host_id };
      }
    }
    if (crew.sidecar_gone) {
      const { pause_ms: pauseMs } = await tx.one<{ pause_ms: number | null }>(sql`
        SELECT ceil(extract(epoch FROM sidecar_restart_at - clock_timestamp()) * 1000)::bigint AS pause_ms
        FROM crews WHERE id = ${crew.id}`);
      if (pauseMs !== null && pauseMs > 0) return { kind: 'waiting', wakeInMs: pauseMs };
      return { kind: 'restart-sidecar', hostId: crew.host_id };
    }
    if (crew.sidecar_outdated) return { kind: 'restart-sidecar', hostId: crew.host_id };
    const { live, idle_in_ms: idleInMs } = await tx.one<{ live: boolean; idle_in_ms: number }>(sql`
      SELECT EXISTS (SELECT 1 FROM runs
        WHERE crew_id = c.id AND host_id = c.host_id AND status IN ('ADMITTED', 'RUNNING')) AS live,
        ceil(extract(epoch FROM c.last_used_at - clock_timestamp()) * 1000 + c.container_ttl_hours * 3600000)::bigint
          AS idle_in_ms
      FROM crews c WHERE c.id = ${crew.id}`);
    // A live run tells the crew's workflow nothing when it ends: the time until the next look is the whole limit again.
    const ttlMs = Math.ceil(crew.container_ttl_hours * 3_600_000);
    if (live) return { kind: 'waiting', wakeInMs: ttlMs === 0 ? null : Math.max(SHORTEST_LOOK_MS, ttlMs) };
    if ((await outdatedContainer(tx, crew.id)) === 'replace') {
      await stop(tx, crew, 'outdated');
      return { kind: 'remove', hostId: crew.host_id };
    }
    if (ttlMs === 0) return { kind: 'waiting', wakeInMs: null };
    if (idleInMs > 0) return { kind: 'waiting', wakeInMs: idleInMs };
    await stop(tx, crew, 'idle');
    return { kind: 'remove', hostId: crew.host_id };
  });
}

async function stop(tx: Tx, crew: CrewRow, reason: string): Promise<void> {
  await tx.execute(sql`
    UPDATE crews SET container_status = 'stopped', container_id = NULL, container_started_at = NULL,
      container_image_id = NULL, container_plan = NULL
    WHERE id = ${crew.id} AND generation = ${crew.generation}`);
  journalContainer(tx, crew, 'stopped', crew.generation, reason);
}

/** A crew that was moved since has its older generations' containers where it was then. */
async function hostOfGeneration(tx: Tx, crewId: string, generation: number, current: string): Promise<string> {
  const left = await tx.maybeOne<{ host_id: string }>(sql`
    SELECT from_host_id AS host_id FROM crew_moves WHERE crew_id = ${crewId} AND last_generation >= ${generation}
    ORDER BY last_generation LIMIT 1`);
  return left?.host_id ?? current;
}

/**
 * Gives a locked crew another host and the next generation, stopped and without an image: what it had is its old
 * host's. The workflow of the generation that was up takes down what is there, when that host answers.
 */
export async function leaveHost(
  tx: Tx,
  crew: CrewRow,
  to: { readonly toHostId: string; readonly movedBy: string | null },
): Promise<void> {
  const generation = crew.generation + 1;
  if (crew.host_id !== null) {
    await tx.execute(sql`
      INSERT INTO crew_moves (workspace_id, crew_id, last_generation, from_host_id, to_host_id, moved_by)
      VALUES (${crew.workspace_id}, ${crew.id}, ${crew.generation}, ${crew.host_id}, ${to.toHostId}, ${to.movedBy})`);
  }
  await tx.execute(sql`
    UPDATE crews SET host_id = ${to.toHostId}, generation = ${generation}, container_status = 'stopped',
      container_id = NULL, container_started_at = NULL, container_error = NULL, container_image_id = NULL,
      container_plan = NULL, sidecar_exec_id = NULL, sidecar_gone = false, config_hash = NULL, cached_image = NULL,
      cached_image_id = NULL, cached_config_hash = NULL, updated_at = now()
    WHERE id = ${crew.id} AND generation = ${crew.generation}`);
  if (crew.container_status !== 'stopped') journalContainer(tx, crew, 'stopped', generation, 'moved');
  if (crew.container_status === 'starting' || crew.container_status === 'running') enqueueWorkflow(tx, crew);
}

/** What a sidecar was started from. */
export interface SidecarVersion {
  /** The program's file; its name holds the content's hash. */
  readonly file: string;
  /** The fingerprint of its token, which changes with the master. */
  readonly tokenFp: string;
}

/** `starting` → `running`; tells every admitted run of the crew. False: the generation has passed. */
export async function markCrewRunning(
  db: Database,
  address: WorkflowAddress,
  container: {
    readonly containerId: string;
    readonly startedAt: string;
    readonly sidecarExecId: string;
    readonly sidecar: SidecarVersion;
    /** What it was really made from, and as it was asked for. */
    readonly imageId: string;
    readonly plan: ContainerPlan;
  },
): Promise<boolean> {
  return db.transaction(workflowScope(address), async (tx) => {
    const crew = await lockCrew(tx, address.id);
    if (crew === null || crew.generation !== address.generation || crew.container_status !== 'starting') return false;
    await tx.execute(sql`
      UPDATE crews SET container_status = 'running', container_id = ${container.containerId},
        container_started_at = ${container.startedAt}::timestamptz, sidecar_exec_id = ${container.sidecarExecId},
        sidecar_file = ${container.sidecar.file}, sidecar_token_fp = ${container.sidecar.tokenFp},
        sidecar_outdated = false, container_image_id = ${container.imageId},
        container_plan = ${JSON.stringify(container.plan)}::jsonb, sidecar_gone = false, sidecar_started_at = now(),
        sidecar_restarts = 0, last_used_at = now()
      WHERE id = ${crew.id}`);
    journalContainer(tx, crew, 'running', crew.generation, 'started');
    await tellAdmittedRuns(tx, crew.id);
    return true;
  });
}

/** `starting` → `error`; the runs that waited for it learn it. `message` is safe to show. */
export async function markCrewError(
  db: Database,
  address: WorkflowAddress,
  error: { code: string; message: string },
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const crew = await lockCrew(tx, address.id);
    if (crew !== null && crew.generation === address.generation) await failStart(tx, crew, error);
  });
}

/**
 * The image that was built for the crew is not on its host any more: the row forgets it, and who waits for the
 * container asks anew, which has it built again.
 */
export async function forgetCachedImage(db: Database, address: WorkflowAddress, imageId: string): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const crew = await lockCrew(tx, address.id);
    if (crew === null || crew.generation !== address.generation || crew.container_status !== 'starting') return;
    await tx.one(sql`SELECT crewship_forget_image(${crew.id}, ${imageId})`);
    await stop(tx, crew, 'image gone');
    await tellAdmittedRuns(tx, crew.id);
  });
}

async function failStart(tx: Tx, crew: CrewRow, error: { code: string; message: string }): Promise<void> {
  if (crew.container_status !== 'starting') return;
  await tx.execute(sql`
    UPDATE crews SET container_status = 'error', container_error = ${error.message.slice(0, 2_000)}
      WHERE id = ${crew.id}`);
  journalContainer(tx, crew, 'error', crew.generation, error.code);
  await tellAdmittedRuns(tx, crew.id);
}

/** No image will come for the locked crew: if it waits for one, it ends in `error`, and its workflow is told. */
export async function failStartingCrew(tx: Tx, crew: CrewRow, error: { code: string; message: string }): Promise<void> {
  if (crew.container_status !== 'starting') return;
  await failStart(tx, crew, error);
  enqueueWorkflow(tx, crew);
}

/** The daemon says this container is gone: the row follows, and the crew's workflow closes. */
export async function markContainerGone(
  db: Database,
  container: { workspaceId: string; crewId: string; containerId: string },
): Promise<boolean> {
  return db.transaction({ workspaceIds: [container.workspaceId] }, async (tx) => {
    const crew = await lockCrew(tx, container.crewId);
    if (crew === null || crew.container_status !== 'running' || crew.container_id !== container.containerId)
      return false;
    await stop(tx, crew, 'container gone');
    enqueueWorkflow(tx, crew);
    return true;
  });
}

/** Tells the crew's workflow that its row changed: deleted, limits, time to live. */
export async function tellCrew(tx: Tx, crewId: string): Promise<void> {
  const crew = await lockCrew(tx, crewId);
  if (crew !== null && crew.container_status !== 'stopped') enqueueWorkflow(tx, crew);
}

function enqueueWorkflow(tx: Tx, crew: CrewRow): void {
  tx.enqueue({
    kind: 'workflow',
    workflow: 'crew',
    address: { workspaceId: crew.workspace_id, id: crew.id, generation: crew.generation },
  });
}
