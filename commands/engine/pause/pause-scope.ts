import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { PauseMode, PauseScopeKind } from '../../../domain/work/pause/pause.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { syncMissionClocks } from '../missions/mission-clock.ts';
import { tellMission } from '../missions/tell-mission.ts';
import { admitRuns, lockPlaces } from '../runs/queue-runs.ts';

/** A workspace, or a crew or an agent of it. */
export interface PauseScope {
  readonly kind: PauseScopeKind;
  readonly id: string;
  readonly workspaceId: string;
}

export interface PausedScope {
  readonly paused_at: string | null;
  /** Attempts that were asked to end. */
  readonly ended: number;
}

type MissionToTell = Pick<MissionRow, 'id' | 'workspace_id' | 'generation' | 'status'>;

/**
 * Lets a scope begin nothing: what waits for a place stays where it is, what has one and has not begun gives it back,
 * missions' clocks stand. What runs goes on, or is ended to run once more afterwards. Repeating it ends what runs, if
 * that is asked, and changes nothing else. Throws `not_found`.
 */
export async function pauseScope(tx: Tx, scope: PauseScope, running: PauseMode, actor: Actor): Promise<PausedScope> {
  if (scope.kind === 'workspace') await lockScope(tx, scope);
  const missions = await lockMissions(tx, scope);
  const runs = await tx.any<{ id: string; status: 'ADMITTED' | 'RUNNING' }>(sql`
    SELECT id, status FROM runs r
    WHERE ${ofScope(scope)} AND status IN ('ADMITTED', 'RUNNING') AND NOT reported AND cancel_requested_at IS NULL
    ORDER BY id FOR UPDATE`);
  const before = await lockScope(tx, scope);
  const pausedAt = before ?? (await writePause(tx, scope, true));
  // Whoever admits now has either done so already or waits here, and sees the pause.
  await lockPlaces(tx, await hostsOf(tx, scope));
  const atWork = runs.filter(({ status }) => status === 'RUNNING');
  const ended = running === 'end' ? atWork : [];
  await tx.execute(sql`
    UPDATE runs SET restart_requested_at = coalesce(restart_requested_at, clock_timestamp())
    WHERE id = ANY (${sql.array(
      ended.map(({ id }) => id),
      'text',
    )})`);
  const { workspaceId } = scope;
  for (const { id } of [...runs.filter(({ status }) => status === 'ADMITTED'), ...ended]) {
    tx.enqueue({ kind: 'workflow', workflow: 'run', address: { workspaceId, id, generation: 0 } });
  }
  await syncClocks(tx, missions);
  if (before === null || ended.length > 0) {
    tx.journal({
      ...(await frame(tx, scope, actor)),
      type: `${scope.kind}.paused`,
      summary: `${scope.kind} paused`,
      payload: { running, ended: ended.length },
    });
  }
  return { paused_at: pausedAt, ended: ended.length };
}

/** Lets a paused scope go on; repeating it changes nothing. Throws `not_found`. */
export async function unpauseScope(tx: Tx, scope: PauseScope, actor: Actor): Promise<PausedScope> {
  if (scope.kind === 'workspace') await lockScope(tx, scope);
  const missions = await lockMissions(tx, scope);
  const before = await lockScope(tx, scope);
  if (before === null) return { paused_at: null, ended: 0 };
  await writePause(tx, scope, false);
  await syncClocks(tx, missions);
  const hosts = await hostsOf(tx, scope);
  await lockPlaces(tx, hosts);
  for (const hostId of hosts) await admitRuns(tx, hostId);
  tx.journal({
    ...(await frame(tx, scope, actor)),
    type: `${scope.kind}.unpaused`,
    summary: `${scope.kind} unpaused`,
    payload: { paused_at: before },
  });
  return { paused_at: null, ended: 0 };
}

/** What a run `r` of the scope is. */
function ofScope({ kind, id, workspaceId }: PauseScope): Fragment {
  const own = {
    workspace: sql.fragment`true`,
    crew: sql.fragment`r.crew_id = ${id}`,
    agent: sql.fragment`r.agent_id = ${id}`,
  }[kind];
  return sql.fragment`r.workspace_id = ${workspaceId} AND ${own}`;
}

/** Which crews `c` have something to do with the scope. */
function crewsOf({ kind, id, workspaceId }: PauseScope): Fragment {
  const own = {
    workspace: sql.fragment`c.deleted_at IS NULL`,
    crew: sql.fragment`c.id = ${id}`,
    agent: sql.fragment`c.id = (SELECT a.crew_id FROM agents a WHERE a.id = ${id})`,
  }[kind];
  return sql.fragment`c.workspace_id = ${workspaceId} AND ${own}`;
}

/** Missions whose clocks may stand or go on with it, in the order in which all lock them. */
function lockMissions(tx: Tx, scope: PauseScope): Promise<readonly MissionToTell[]> {
  return tx.any<MissionToTell>(sql`
    SELECT id, workspace_id, generation, status FROM missions
    WHERE status = 'IN_PROGRESS' AND crew_id IN (SELECT c.id FROM crews c WHERE ${crewsOf(scope)})
    ORDER BY id FOR UPDATE`);
}

/** Since when it is paused. */
async function lockScope(tx: Tx, { kind, id, workspaceId }: PauseScope): Promise<string | null> {
  const own = sql.fragment`id = ${id} AND deleted_at IS NULL`;
  const query = {
    workspace: sql`SELECT paused_at FROM workspaces WHERE ${own} FOR NO KEY UPDATE`,
    crew: sql`SELECT paused_at FROM crews WHERE ${own} AND workspace_id = ${workspaceId} FOR NO KEY UPDATE`,
    agent: sql`SELECT paused_at FROM agents WHERE ${own} AND workspace_id = ${workspaceId} FOR NO KEY UPDATE`,
  }[kind];
  const row = await tx.maybeOne<{ paused_at: string | null }>(query);
  if (row === null) throw notFound(kind);
  return row.paused_at;
}

async function writePause(tx: Tx, { kind, id }: PauseScope, paused: boolean): Promise<string | null> {
  const set = sql.fragment`paused_at = CASE WHEN ${paused} THEN now() END, updated_at = now()
    WHERE id = ${id} RETURNING paused_at`;
  const query = {
    workspace: sql`UPDATE workspaces SET ${set}`,
    crew: sql`UPDATE crews SET ${set}`,
    agent: sql`UPDATE agents SET ${set}`,
  }[kind];
  return (await tx.one<{ paused_at: string | null }>(query)).paused_at;
}

async function hostsOf(tx: Tx, scope: PauseScope): Promise<readonly string[]> {
  const hosts = await tx.any<{ host_id: string }>(sql`
    SELECT DISTINCT c.host_id FROM crews c WHERE ${crewsOf(scope)} AND c.host_id IS NOT NULL ORDER BY c.host_id`);
  return hosts.map(({ host_id: id }) => id);
}

async function syncClocks(tx: Tx, missions: readonly MissionToTell[]): Promise<void> {
  if (missions.length === 0) return;
  const changed = new Set(
    await syncMissionClocks(
      tx,
      missions.map(({ id }) => id),
    ),
  );
  for (const mission of missions) if (changed.has(mission.id)) tellMission(tx, mission);
}

async function frame(tx: Tx, { kind, id, workspaceId }: PauseScope, actor: Actor) {
  const agent =
    kind === 'agent'
      ? await tx.one<{ crew_id: string | null }>(sql`SELECT crew_id FROM agents WHERE id = ${id}`)
      : null;
  return {
    actor,
    workspaceId,
    severity: 'notice',
    targetType: kind,
    targetId: id,
    crewId: kind === 'crew' ? id : (agent?.crew_id ?? null),
    agentId: kind === 'agent' ? id : null,
  } as const;
}
