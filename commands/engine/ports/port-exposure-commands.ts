import { type Actor, systemActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { portEntries } from '../../../domain/crews/ports/port-entries.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import { EXPOSURE_LIMITS, type ExposureStatus } from '../../../domain/crews/ports/port-exposure.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { refuseUnderReview } from '../agents/agent-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { exposureColumns, exposureStatusNow, type PortExposure } from '../../../db/crews/ports/list-exposures.ts';
import { type ExposedPort, hashExposureToken } from '../../../db/crews/ports/find-exposed-port.ts';

export interface NewExposure {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string;
  /** The run that asks, which goes on behind the port when its command has ended; null: not proven. */
  readonly runId: string | null;
  readonly chatId: string | null;
  /** As the caller says; null: the one that runs. */
  readonly containerId: string | null;
  readonly port: number;
  readonly description: string | null;
  readonly ttlSeconds: number;
  readonly token: string;
}

/**
 * Opens a port of the crew's running container. Throws `not_found` for an agent of another crew, `conflict` for one
 * under review, `forbidden` for a container or chat that is not the crew's, `unavailable` while the crew has no
 * container,
 * `limit_reached`.
 */
export async function openExposure(tx: Tx, wanted: NewExposure, actor: Actor): Promise<PortExposure> {
  const { workspaceId, crewId, agentId } = wanted;
  // Counted by one after the other in the whole workspace, before any row is locked.
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`port-exposures:${workspaceId}`}, 0))`);
  const crew = await tx.maybeOne<{ container_id: string | null; container_status: string }>(sql`
    SELECT container_id, container_status FROM crews WHERE id = ${crewId} AND deleted_at IS NULL FOR SHARE`);
  if (crew === null) throw notFound('crew');
  const agent = await tx.maybeOne<{ status: string }>(sql`
    SELECT status FROM agents WHERE id = ${agentId} AND crew_id = ${crewId} AND deleted_at IS NULL FOR SHARE`);
  if (agent === null) throw notFound('agent');
  refuseUnderReview(agent);
  if (wanted.chatId !== null) {
    const chat = await tx.maybeOne(sql`SELECT 1 FROM chats WHERE id = ${wanted.chatId} AND crew_id = ${crewId}`);
    if (chat === null) throw new CrewshipError('forbidden', 'the chat is not this crew’s');
  }
  if (crew.container_status !== 'running' || crew.container_id === null) {
    throw new CrewshipError('unavailable', 'the crew’s container is not running');
  }
  if (wanted.containerId !== null && wanted.containerId !== crew.container_id) {
    throw new CrewshipError('forbidden', 'container_id is not that of this crew');
  }
  await refuseBeyondLimits(tx, workspaceId, agentId);
  const row = await tx.one<PortExposure>(sql`
    INSERT INTO port_exposures (id, workspace_id, crew_id, agent_id, chat_id, container_id, port, description,
      token_hash, run_id, expires_at)
    VALUES (${newId()}, ${workspaceId}, ${crewId}, ${agentId}, ${wanted.chatId}, ${crew.container_id}, ${wanted.port},
      ${wanted.description}, ${sql.binary(hashExposureToken(wanted.token))}, ${wanted.runId},
      now() + ${wanted.ttlSeconds} * interval '1 second')
    RETURNING ${exposureColumns}`);
  journalExposure(tx, row, actor, {
    type: 'port_expose.created',
    payload: { id: row.id, port: row.port, expires_at: row.expires_at },
  });
  return row;
}

async function refuseBeyondLimits(tx: Tx, workspaceId: string, agentId: string): Promise<void> {
  const open = await tx.one<{ agent: number; workspace: number }>(sql`
    SELECT count(*) FILTER (WHERE agent_id = ${agentId}) AS agent, count(*) AS workspace FROM port_exposures
    WHERE workspace_id = ${workspaceId} AND status = 'active' AND expires_at > clock_timestamp()`);
  for (const scope of ['agent', 'workspace'] as const) {
    const limit = EXPOSURE_LIMITS[scope];
    if (open[scope] < limit) continue;
    throw new CrewshipError('limit_reached', `the ${scope} has ${limit} ports open already`, {
      extensions: { setting: `max_exposed_ports_${scope}`, limit },
    });
  }
}

/** Closes an open port; connections through it are cut. Throws `not_found`, `wrong_state` with the status it has. */
export async function revokeExposure(
  tx: Tx,
  of: { readonly crewId: string; readonly exposureId: string },
  by: { readonly userId: string | null; readonly reason: string | null },
  actor: Actor,
): Promise<PortExposure> {
  const row = await tx.maybeOne<PortExposure>(sql`
    UPDATE port_exposures SET status = 'revoked', revoked_at = clock_timestamp(), revoked_by = ${by.userId},
      revoke_reason = ${by.reason}, updated_at = now()
    WHERE id = ${of.exposureId} AND crew_id = ${of.crewId} AND status = 'active' AND expires_at > clock_timestamp()
    RETURNING ${exposureColumns}`);
  if (row === null) {
    const found = await tx.maybeOne<{ status: ExposureStatus }>(sql`
      SELECT ${exposureStatusNow} AS status FROM port_exposures
        WHERE id = ${of.exposureId} AND crew_id = ${of.crewId}`);
    if (found === null) throw notFound('port exposure');
    throw wrongState('port exposure', found.status);
  }
  closed(tx, 'revoked', row, actor);
  return row;
}

/** Closes what a crew that is being deleted has open. */
export async function revokeExposuresOfCrew(tx: Tx, crewId: string, actor: Actor): Promise<void> {
  const rows = await tx.any<PortExposure>(sql`
    UPDATE port_exposures SET status = 'revoked', revoked_at = clock_timestamp(), revoke_reason = 'crew deleted',
      updated_at = now()
    WHERE crew_id = ${crewId} AND status = 'active' RETURNING ${exposureColumns}`);
  for (const row of rows) closed(tx, 'revoked', row, actor);
}

/**
 * Says of those that are past their time that they are, with their entries. They gave nothing since. Returns how many.
 */
export function expireExposures(db: Pick<Database, 'systemTransaction'>): Promise<number> {
  return db.systemTransaction({}, async (tx) => {
    const rows = await tx.any<PortExposure>(sql`
      UPDATE port_exposures SET status = 'expired', updated_at = now()
      WHERE id IN (SELECT id FROM port_exposures WHERE status = 'active' AND expires_at <= now() LIMIT 1000
        FOR UPDATE SKIP LOCKED)
      RETURNING ${exposureColumns}`);
    for (const row of rows) closed(tx, 'expired', row, systemActor());
    return rows.length;
  });
}

/** Notes that somebody has used it, once. */
export async function noteFirstAccess(
  db: Pick<Database, 'transaction'>,
  exposure: Pick<ExposedPort, 'id' | 'workspace_id'>,
  actor: Actor,
): Promise<void> {
  await db.transaction({ workspaceIds: [exposure.workspace_id], requestId: actor.requestId }, async (tx) => {
    const row = await tx.maybeOne<PortExposure>(sql`
      UPDATE port_exposures SET first_accessed_at = clock_timestamp()
      WHERE id = ${exposure.id} AND first_accessed_at IS NULL RETURNING ${exposureColumns}`);
    if (row !== null)
      journalExposure(tx, row, actor, { type: 'port_expose.accessed', payload: { id: row.id, port: row.port } });
  });
}

function closed(tx: Tx, verb: 'revoked' | 'expired', row: PortExposure, actor: Actor): void {
  journalExposure(tx, row, actor, { type: `port_expose.${verb}`, payload: { id: row.id, port: row.port } });
  tx.enqueue({ kind: 'wake', topic: 'port_exposure', workspaceId: row.workspace_id, id: row.id });
}

/** `port_expose.*`. What people wrote stays in the row. */
function journalExposure(tx: Tx, row: PortExposure, actor: Actor, entry: EntryParts<keyof typeof portEntries>): void {
  const verb = entry.type.slice('port_expose.'.length);
  tx.journal({
    transitionId: `port-exposure-${row.id}:${verb === 'expired' || verb === 'revoked' ? 'closed' : verb}`,
    severity: verb === 'created' ? 'notice' : 'info',
    actor,
    workspaceId: row.workspace_id,
    crewId: row.crew_id,
    agentId: row.agent_id,
    targetType: 'port_exposure',
    targetId: row.id,
    summary: `port ${row.port} ${verb}`,
    ...entry,
  });
}
