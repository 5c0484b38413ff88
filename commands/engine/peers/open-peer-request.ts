import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { isOver, type MissionStatus } from '../../../domain/work/missions/mission-status.ts';
import { PEER_REQUEST_LIMITS } from '../../../domain/work/peers/peer-request.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { openCircuits } from '../agents/circuit-breaker.ts';
import { refuseUnderReview } from '../agents/agent-commands.ts';
import { holdConnection } from '../../../db/crews/crews/hold-connection.ts';
import { placeCrew } from '../hosts/place-crew.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { countOpening, type Opener } from '../runs/count-opening.ts';
import { admitRuns } from '../runs/queue-runs.ts';
import { journalPeerRequest } from './peer-request-journal.ts';

export interface NewPeerRequest {
  readonly kind: 'assignment' | 'query';
  readonly workspaceId: string;
  readonly crewId: string;
  readonly chatId: string;
  /** The agent that asks, as its crew says; null: the crew does not say which. */
  readonly fromAgentId: string | null;
  /** The run that asks, proven by its token. */
  readonly fromRunId: string | null;
  /** The attempt that it is counted for. */
  readonly openedBy: Opener | null;
  readonly targetSlug: string;
  readonly content: string;
  /** How long the asker waits: an answer that takes longer has nobody to hear it. Null: as long as the agent may. */
  readonly timeoutMs: number | null;
}

interface Target {
  readonly id: string;
  readonly slug: string;
  readonly crew_id: string;
  readonly status: string;
  readonly timeout_seconds: number;
}

/**
 * Gives work to, or asks, an agent of the crew or of a crew it is connected to: its row and the attempt that does it,
 * which waits for a place like any other. Throws `not_found` for agents, `forbidden` for a chat that is not the crew's,
 * a crew without connection, and beyond the limits of depth and open requests, `conflict` for an agent under review or
 * whose circuit is open, `wrong_state` when the chat's mission is over, `no_live_host`; `limit_reached` and
 * `unauthenticated` as {@link countOpening}.
 */
export async function openPeerRequest(
  tx: Tx,
  request: NewPeerRequest,
  actor: Actor,
): Promise<{ id: string; runId: string; toAgentId: string }> {
  const mission = await holdMissionOf(tx, request);
  await countOpening(tx, 'requests', request.openedBy);
  const target = await findTarget(tx, request);
  // Both crews, in one order for everybody: what is counted here stays so until the commit.
  await tx.any(sql`
    SELECT 1 FROM crews WHERE id IN (${request.crewId}, ${target.crew_id}) ORDER BY id FOR NO KEY UPDATE`);
  const depth = await refuseBeyondLimits(tx, request);
  const hostId = await placeCrew(tx, target.crew_id);
  const id = newId();
  const runId = newId();
  // Stopped, parked and cancelled with its mission; another crew's run is not the mission's to move.
  const isPart = mission?.status === 'IN_PROGRESS' && target.crew_id === request.crewId;
  await tx.execute(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, mission_id, chat_id, trigger_type, triggered_by,
      generation, timeout_ms, queued_at)
    VALUES (${runId}, ${request.workspaceId}, ${target.id}, ${target.crew_id}, ${hostId}, ${isPart ? mission.id : null},
      ${request.chatId}, ${request.kind === 'query' ? 'QUERY' : 'ASSIGNMENT'}, ${request.fromAgentId},
      ${isPart ? mission.generation : 0},
      ${Math.min(target.timeout_seconds * 1_000, request.timeoutMs ?? Number.POSITIVE_INFINITY)}, clock_timestamp())`);
  await tx.execute(sql`
    INSERT INTO peer_requests (id, workspace_id, kind, crew_id, chat_id, mission_id, from_agent_id, to_crew_id,
      to_agent_id, content, depth, run_id)
    VALUES (${id}, ${request.workspaceId}, ${request.kind}, ${request.crewId}, ${request.chatId},
      ${mission?.id ?? null}, ${request.fromAgentId}, ${target.crew_id}, ${target.id}, ${request.content}, ${depth},
      ${runId})`);
  journalPeerRequest(
    tx,
    {
      id,
      kind: request.kind,
      workspace_id: request.workspaceId,
      crew_id: request.crewId,
      mission_id: mission?.id ?? null,
      from_agent_id: request.fromAgentId,
      to_agent_id: target.id,
      depth,
    },
    { state: 'created', actor, runId },
  );
  await admitRuns(tx, hostId);
  return { id, runId, toAgentId: target.id };
}

interface HeldMission {
  readonly id: string;
  readonly status: MissionStatus;
  readonly generation: number;
}

/** The mission of the request's chat, held so that it cannot end meanwhile without stopping this run too. */
async function holdMissionOf(tx: Tx, request: NewPeerRequest): Promise<HeldMission | null> {
  const chat = await tx.maybeOne<{ mission_id: string | null }>(sql`
    SELECT mission_id FROM chats WHERE id = ${request.chatId} AND crew_id = ${request.crewId}`);
  if (chat === null) throw new CrewshipError('forbidden', 'the chat is not this crew’s');
  if (chat.mission_id === null) return null;
  const mission = await tx.maybeOne<HeldMission & { paused: boolean }>(sql`
    SELECT id, status, generation, paused_at IS NOT NULL AS paused FROM missions
      WHERE id = ${chat.mission_id} FOR SHARE`);
  if (mission === null) return null;
  if (isOver(mission.status)) throw wrongState('mission', mission.status);
  if (mission.paused) throw wrongState('mission', mission.status, 'the mission is paused');
  return mission;
}

async function findTarget(tx: Tx, request: NewPeerRequest): Promise<Target> {
  if (request.fromAgentId !== null) {
    const from = await tx.maybeOne(sql`
      SELECT 1 FROM agents WHERE id = ${request.fromAgentId} AND crew_id = ${request.crewId} AND deleted_at IS NULL`);
    if (from === null) throw notFound('agent');
  }
  const target = await tx.maybeOne<Target>(sql`
    SELECT a.id, a.slug, a.crew_id, a.status, a.timeout_seconds FROM agents a
    JOIN crews c ON c.id = a.crew_id AND c.deleted_at IS NULL
    WHERE a.slug = ${request.targetSlug} AND a.workspace_id = ${request.workspaceId} AND a.deleted_at IS NULL`);
  if (target === null) throw notFound('agent');
  if (target.id === request.fromAgentId) throw invalidField('target_slug', 'names the agent that asks');
  if (target.crew_id !== request.crewId && !(await holdConnection(tx, request.crewId, target.crew_id))) {
    throw new CrewshipError('forbidden', 'this crew has no connection to that agent’s crew');
  }
  refuseUnderReview(target);
  if ((await openCircuits(tx, target.crew_id)).get(target.id) === 'open') {
    throw new CrewshipError('conflict', 'the agent’s circuit is open: it failed several times in a row', {
      extensions: { reason: 'circuit_open' },
    });
  }
  return target;
}

/** How deep this request is. Which run asks is proven by its token; without one it counts as the first. */
async function refuseBeyondLimits(tx: Tx, request: NewPeerRequest): Promise<number> {
  const asking = await tx.maybeOne<{ depth: number }>(sql`
    SELECT depth FROM peer_requests WHERE run_id = ${request.fromRunId} AND to_crew_id = ${request.crewId}`);
  const depth = (asking?.depth ?? 0) + 1;
  if (depth > PEER_REQUEST_LIMITS.depth) {
    throw beyondLimit(request.crewId, 'requests lead to requests too deep', 'max_depth', PEER_REQUEST_LIMITS.depth);
  }
  const { open } = await tx.one<{ open: number }>(sql`
    SELECT count(*) AS open FROM peer_requests q JOIN runs r ON r.id = q.run_id
    WHERE q.crew_id = ${request.crewId} AND q.from_agent_id IS NOT DISTINCT FROM ${request.fromAgentId}::text
      AND r.status IN ('QUEUED', 'ADMITTED', 'RUNNING')`);
  if (open >= PEER_REQUEST_LIMITS.open) {
    throw beyondLimit(request.crewId, 'the agent has too many open requests', 'max_fan_out', PEER_REQUEST_LIMITS.open);
  }
  return depth;
}

function beyondLimit(crewId: string, reason: string, setting: string, limit: number): CrewshipError {
  return new CrewshipError('forbidden', reason, { extensions: { reason, crew_id: crewId, setting, limit } });
}
