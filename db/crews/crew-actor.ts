import { orchestratorActor } from '../../domain/access/authority.ts';
import type { ActorAddress } from '../../domain/outbox/outbox-command.ts';
import { actorScope, type Database } from '../kernel/database.ts';
import { sql } from '../kernel/sql.ts';
import type { Tx } from '../kernel/transaction.ts';

export type ContainerStatus = 'stopped' | 'starting' | 'running' | 'error';

/** What the crew's actor and those who need its container know of a crew. */
export interface CrewRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly host_id: string | null;
  readonly slug: string;
  readonly generation: number;
  readonly container_status: ContainerStatus;
  readonly container_id: string | null;
  readonly container_memory_mb: number;
  readonly container_cpus: number;
  readonly container_ttl_hours: number;
  readonly network_mode: string;
  readonly runtime_image: string | null;
  readonly sidecar_exec_id: string | null;
  readonly sidecar_gone: boolean;
  /** Another one is to be started beside it; it runs until then. */
  readonly sidecar_outdated: boolean;
  readonly deleted_at: string | null;
}

const crewColumns = sql.fragment`
  id, workspace_id, host_id, slug, generation, container_status, container_id, container_memory_mb, container_cpus,
  container_ttl_hours, network_mode, runtime_image, sidecar_exec_id,
  sidecar_gone, sidecar_outdated, deleted_at`;

/** Locks a crew after what is locked of missions, runs and tasks, before agents and slots. New rows may name it still. */
export async function lockCrew(tx: Tx, crewId: string): Promise<CrewRow | null> {
  return tx.maybeOne<CrewRow>(sql`SELECT ${crewColumns} FROM crews WHERE id = ${crewId} FOR NO KEY UPDATE`);
}

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
 * Asks for a crew's container: a new generation in `starting` and the command that starts its actor. Only for a locked
 * crew that is stopped or in error.
 */
export async function requestContainer(tx: Tx, crew: CrewRow): Promise<number> {
  const generation = crew.generation + 1;
  await tx.execute(sql`
    UPDATE crews SET container_status = 'starting', generation = ${generation}, container_id = NULL,
      container_error = NULL, container_started_at = NULL, last_used_at = now()
    WHERE id = ${crew.id} AND generation = ${crew.generation}`);
  journalContainer(tx, crew, 'starting', generation, 'needed');
  tx.enqueue({ kind: 'workflow', actor: 'crew', address: { workspaceId: crew.workspace_id, id: crew.id, generation } });
  return generation;
}

/** What the crew's actor does next. */
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

/** However short a crew's limit, its actor does not look more often while something runs. */
const SHORTEST_LOOK_MS = 1_000;

/**
 * One step of a crew's actor. Idle stop is decided here: no live run and the time since the last use exceeds the
 * crew's limit (0: never). The row turns `stopped` first; whoever needs the container from then on gets a new
 * generation.
 */
export async function advanceCrew(db: Database, address: ActorAddress): Promise<CrewStep> {
  return db.transaction(actorScope(address), async (tx): Promise<CrewStep> => {
    const crew = await lockCrew(tx, address.id);
    if (crew === null || crew.host_id === null) return { kind: 'closed' };
    if (
      crew.generation !== address.generation ||
      crew.container_status === 'stopped' ||
      crew.container_status === 'error'
    ) {
      return { kind: 'remove', hostId: crew.host_id };
    }
    if (crew.deleted_at !== null) {
      await stop(tx, crew, 'crew deleted');
      await tellAdmittedRuns(tx, crew);
      return { kind: 'remove', hostId: crew.host_id };
    }
    if (crew.container_status === 'starting') return { kind: 'start', hostId: crew.host_id };
    if (crew.sidecar_gone) {
      const { pause_ms: pauseMs } = await tx.one<{ pause_ms: number | null }>(sql`
        SELECT ceil(extract(epoch FROM sidecar_restart_at - clock_timestamp()) * 1000)::bigint AS pause_ms
        FROM crews WHERE id = ${crew.id}`);
      if (pauseMs !== null && pauseMs > 0) return { kind: 'waiting', wakeInMs: pauseMs };
      return { kind: 'restart-sidecar', hostId: crew.host_id };
    }
    if (crew.sidecar_outdated) return { kind: 'restart-sidecar', hostId: crew.host_id };
    if (crew.container_ttl_hours === 0) return { kind: 'waiting', wakeInMs: null };
    const { live, idle_in_ms: idleInMs } = await tx.one<{ live: boolean; idle_in_ms: number }>(sql`
      SELECT EXISTS (SELECT 1 FROM runs WHERE crew_id = c.id AND host_id = c.host_id AND status IN ('ADMITTED', 'RUNNING')) AS live,
        ceil(extract(epoch FROM c.last_used_at - clock_timestamp()) * 1000 + c.container_ttl_hours * 3600000)::bigint AS idle_in_ms
      FROM crews c WHERE c.id = ${crew.id}`);
    // A live run tells the crew's actor nothing when it ends: the time until the next look is the whole limit again.
    const ttlMs = Math.ceil(crew.container_ttl_hours * 3_600_000);
    if (live) return { kind: 'waiting', wakeInMs: Math.max(SHORTEST_LOOK_MS, ttlMs) };
    if (idleInMs > 0) return { kind: 'waiting', wakeInMs: idleInMs };
    await stop(tx, crew, 'idle');
    return { kind: 'remove', hostId: crew.host_id };
  });
}

async function stop(tx: Tx, crew: CrewRow, reason: string): Promise<void> {
  await tx.execute(sql`
    UPDATE crews SET container_status = 'stopped', container_id = NULL, container_started_at = NULL
    WHERE id = ${crew.id} AND generation = ${crew.generation}`);
  journalContainer(tx, crew, 'stopped', crew.generation, reason);
}

/** What the host needs to build the container of a generation; null when it is no longer wanted. */
export async function readCrewToStart(db: Database, address: ActorAddress): Promise<CrewRow | null> {
  return db.transaction(actorScope(address), async (tx) =>
    tx.maybeOne<CrewRow>(sql`
      SELECT ${crewColumns} FROM crews
      WHERE id = ${address.id} AND generation = ${address.generation} AND container_status = 'starting'`),
  );
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
  address: ActorAddress,
  container: { containerId: string; startedAt: string; sidecarExecId: string; sidecar: SidecarVersion },
): Promise<boolean> {
  return db.transaction(actorScope(address), async (tx) => {
    const crew = await lockCrew(tx, address.id);
    if (crew === null || crew.generation !== address.generation || crew.container_status !== 'starting') return false;
    await tx.execute(sql`
      UPDATE crews SET container_status = 'running', container_id = ${container.containerId},
        container_started_at = ${container.startedAt}::timestamptz, sidecar_exec_id = ${container.sidecarExecId},
        sidecar_file = ${container.sidecar.file}, sidecar_token_fp = ${container.sidecar.tokenFp}, sidecar_outdated = false,
        sidecar_gone = false, sidecar_started_at = now(), sidecar_restarts = 0, last_used_at = now()
      WHERE id = ${crew.id}`);
    journalContainer(tx, crew, 'running', crew.generation, 'started');
    await tellAdmittedRuns(tx, crew);
    return true;
  });
}

/** `starting` → `error`; the runs that waited for it learn it. `message` is safe to show. */
export async function markCrewError(
  db: Database,
  address: ActorAddress,
  error: { code: string; message: string },
): Promise<void> {
  await db.transaction(actorScope(address), async (tx) => {
    const crew = await lockCrew(tx, address.id);
    if (crew === null || crew.generation !== address.generation || crew.container_status !== 'starting') return;
    await tx.execute(sql`
      UPDATE crews SET container_status = 'error', container_error = ${error.message.slice(0, 2_000)} WHERE id = ${crew.id}`);
    journalContainer(tx, crew, 'error', crew.generation, error.code);
    await tellAdmittedRuns(tx, crew);
  });
}

/** The daemon says this container is gone: the row follows, and the crew's actor closes. */
export async function markContainerGone(
  db: Database,
  container: { workspaceId: string; crewId: string; containerId: string },
): Promise<boolean> {
  return db.transaction({ workspaceIds: [container.workspaceId] }, async (tx) => {
    const crew = await lockCrew(tx, container.crewId);
    if (crew === null || crew.container_status !== 'running' || crew.container_id !== container.containerId)
      return false;
    await stop(tx, crew, 'container gone');
    tx.enqueue({
      kind: 'workflow',
      actor: 'crew',
      address: { workspaceId: crew.workspace_id, id: crew.id, generation: crew.generation },
    });
    return true;
  });
}

/** A running crew container as its row has it. */
export interface RunningCrew {
  readonly id: string;
  readonly workspace_id: string;
  readonly generation: number;
  readonly container_id: string;
  readonly sidecar_exec_id: string | null;
  readonly sidecar_file: string | null;
  readonly sidecar_token_fp: string | null;
}

const runningColumns = sql.fragment`
  id, workspace_id, generation, container_id, sidecar_exec_id, sidecar_file, sidecar_token_fp`;

/** The container of this generation, if it is the one that runs. */
export async function readRunningCrew(db: Database, address: ActorAddress): Promise<RunningCrew | null> {
  return db.reads.maybeOne<RunningCrew>(
    [address.workspaceId],
    sql`
      SELECT ${runningColumns} FROM crews
      WHERE id = ${address.id} AND generation = ${address.generation} AND container_status = 'running'`,
  );
}

/** The crews of a host whose rows say that their container runs: what a host compares with its daemon. */
export async function listRunningCrews(db: Database, hostId: string): Promise<readonly RunningCrew[]> {
  return db.systemReads.any<RunningCrew>(
    [],
    sql`
      SELECT ${runningColumns} FROM crews
      WHERE host_id = ${hostId} AND container_status = 'running'`,
  );
}

/** Tells the crew's actor that its row changed: deleted, limits, time to live. */
export async function tellCrew(tx: Tx, crewId: string): Promise<void> {
  const crew = await lockCrew(tx, crewId);
  if (crew === null || crew.container_status === 'stopped') return;
  tx.enqueue({
    kind: 'workflow',
    actor: 'crew',
    address: { workspaceId: crew.workspace_id, id: crew.id, generation: crew.generation },
  });
}

async function tellAdmittedRuns(tx: Tx, crew: CrewRow): Promise<void> {
  const runs = await tx.any<{ id: string }>(sql`
    SELECT id FROM runs WHERE crew_id = ${crew.id} AND host_id = ${crew.host_id} AND status = 'ADMITTED'`);
  for (const run of runs) {
    tx.enqueue({
      kind: 'workflow',
      actor: 'run',
      address: { workspaceId: crew.workspace_id, id: run.id, generation: 0 },
    });
  }
}
