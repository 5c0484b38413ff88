import { HOST_ALIVE_MS } from '../../../domain/crews/hosts/host.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { leaveHost } from '../crews/advance-crew.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type ImagePolicy, provisionMovedCrew } from '../provisioning/provision-commands.ts';
import { admitRuns, lockPlaces } from '../runs/queue-runs.ts';
import { lockRun, settleLockedRun } from '../runs/settle-run.ts';
import { findLiveHost } from './place-crew.ts';
import { lockCrew } from '../../../db/crews/crews/crew-row.ts';
import { holdManagedTasks } from '../../../db/work/tasks/managed-task-row.ts';

/** A crew that has another host now. */
export interface CrewMove {
  /** Null: it had none yet, and nothing is left anywhere. */
  readonly fromHostId: string | null;
  readonly toHostId: string;
  /** Attempts that ended with the lost host; those that take their place name them. */
  readonly lostRunIds: readonly string[];
  /** Attempts that waited for a place there and wait for one here now. */
  readonly movedRuns: number;
}

interface LiveRun {
  readonly id: string;
  readonly mission_id: string | null;
  readonly task_id: string | null;
  readonly agent_id: string | null;
}

/**
 * Gives a crew another host: the one that is named, else the live one with the most free places. Attempts of a lost
 * host are lost, and their places there free, in this transaction; a host that is up must have none. The crew's
 * container there is its old generation's, and removed by whoever is there, now or when the host is back. Its image is
 * made, or had, anew. Throws `not_found`, `conflict` (attempts run on a host that is up, with their number as
 * `running`; it is there already),
 * `no_live_host`, `invalid_request` for a host that is not known.
 */
export async function moveCrew(
  tx: Tx,
  crewId: string,
  request: { readonly hostId: string | null; readonly images: ImagePolicy; readonly actor: Actor },
): Promise<CrewMove> {
  const { actor } = request;
  const before = await tx.maybeOne<{ workspace_id: string; host_id: string | null }>(
    sql`SELECT workspace_id, host_id FROM crews WHERE id = ${crewId} AND deleted_at IS NULL`,
  );
  if (before === null) throw notFound('crew');
  const fromHostId = before.host_id;
  const toHostId = await chooseHost(tx, fromHostId, request.hostId);
  const live = fromHostId === null ? [] : await readLiveRuns(tx, crewId, fromHostId);
  await lockInOrder(tx, before.workspace_id, live);
  const crew = await lockCrew(tx, crewId);
  if (crew === null || crew.deleted_at !== null) throw notFound('crew');
  const now = fromHostId === null ? [] : await readLiveRuns(tx, crewId, fromHostId);
  // Those that are locked cannot have ended; one more may have been given a place, and is not locked.
  if (crew.host_id !== fromHostId || now.length !== live.length) {
    throw new CrewshipError('conflict', 'the crew’s attempts changed at this moment; ask again');
  }
  if (fromHostId !== null && live.length > 0 && (await isLive(tx, fromHostId))) {
    throw new CrewshipError(
      'conflict',
      'attempts of the crew run on its host, which is up: cancel them, or wait for them',
      {
        extensions: { running: live.length },
      },
    );
  }
  await leaveHost(tx, crew, { toHostId, movedBy: actor.type === 'user' ? actor.id : null });
  await lockAgents(tx, live);
  await lockPlaces(tx, [fromHostId, toHostId]);
  // Before places of the old host come free, which those that wait there would be given. One that somebody is at just
  // now is found out when it reaches a place there (`beginRun`).
  const movedRuns = await tx.execute(sql`
    UPDATE runs SET host_id = ${toHostId} WHERE id IN (
      SELECT id FROM runs WHERE crew_id = ${crewId} AND host_id = ${fromHostId} AND status = 'QUEUED'
      FOR UPDATE SKIP LOCKED)`);
  for (const { id } of live) await loseRun(tx, id, fromHostId!);
  await admitRuns(tx, toHostId);
  await provisionMovedCrew(tx, crewId, { ...request.images, actor });
  const move = { fromHostId, toHostId, lostRunIds: live.map(({ id }) => id), movedRuns };
  tx.journal({
    type: 'crew.moved',
    severity: 'notice',
    actor,
    workspaceId: crew.workspace_id,
    crewId,
    targetType: 'crew',
    targetId: crewId,
    summary: `crew moved to host ${toHostId}`,
    payload: {
      from_host_id: fromHostId,
      to_host_id: toHostId,
      lost_run_ids: move.lostRunIds,
      moved_runs: movedRuns,
      generation: crew.generation + 1,
    },
  });
  return move;
}

async function chooseHost(tx: Tx, fromHostId: string | null, wanted: string | null): Promise<string> {
  if (wanted === null) return findLiveHost(tx, fromHostId);
  if (wanted === fromHostId) throw new CrewshipError('conflict', 'the crew is on this host');
  const host = await tx.maybeOne<{ status: string }>(sql`SELECT status FROM hosts WHERE id = ${wanted}`);
  if (host === null) throw invalidField('host_id', 'is no Docker host of this instance');
  if (host.status !== 'up' || !(await isLive(tx, wanted))) {
    throw new CrewshipError('no_live_host', 'this Docker host is not up');
  }
  return wanted;
}

async function isLive(tx: Tx, hostId: string): Promise<boolean> {
  const row = await tx.maybeOne(sql`
    SELECT 1 FROM hosts WHERE id = ${hostId}
      AND last_heartbeat_at > now() - ${HOST_ALIVE_MS} * interval '1 millisecond'`);
  return row !== null;
}

function readLiveRuns(tx: Tx, crewId: string, hostId: string): Promise<readonly LiveRun[]> {
  return tx.any<LiveRun>(sql`
    SELECT id, mission_id, task_id, agent_id FROM runs
    WHERE crew_id = ${crewId} AND host_id = ${hostId} AND status IN ('ADMITTED', 'RUNNING') AND NOT reported
    ORDER BY id`);
}

/** All of them before the first is settled: what each takes would come before what the one before it took. */
async function lockInOrder(tx: Tx, workspaceId: string, runs: readonly LiveRun[]): Promise<void> {
  await tx.any(sql`
    SELECT 1 FROM missions WHERE id = ANY(${ids(runs.map((run) => run.mission_id))}) ORDER BY id FOR UPDATE`);
  await tx.any(sql`SELECT 1 FROM runs WHERE id = ANY(${ids(runs.map((run) => run.id))}) ORDER BY id FOR UPDATE`);
  if (runs.some((run) => run.task_id !== null && run.mission_id === null)) await holdManagedTasks(tx, workspaceId);
  await tx.any(sql`SELECT 1 FROM tasks WHERE id = ANY(${ids(runs.map((run) => run.task_id))}) ORDER BY id FOR UPDATE`);
}

async function lockAgents(tx: Tx, runs: readonly LiveRun[]): Promise<void> {
  await tx.any(sql`
    SELECT 1 FROM agents WHERE id = ANY(${ids(runs.map((run) => run.agent_id))}) ORDER BY id FOR NO KEY UPDATE`);
}

function ids(all: readonly (string | null)[]) {
  return sql.array([...new Set(all.filter((id) => id !== null))], 'text');
}

async function loseRun(tx: Tx, runId: string, hostId: string): Promise<void> {
  const { run, mission } = (await lockRun(tx, runId))!;
  await settleLockedRun(tx, run, mission, {
    outcome: { kind: 'lost' },
    errorMessage: `Docker host ${hostId} was lost, and the crew moved`,
  });
  tx.enqueue({
    kind: 'workflow',
    workflow: 'run',
    address: { workspaceId: run.workspace_id, id: run.id, generation: 0 },
  });
}
