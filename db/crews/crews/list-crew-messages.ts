import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

export interface CrewMessage {
  readonly id: string;
  readonly from_crew_id: string;
  readonly to_crew_id: string;
  readonly from_agent_id: string | null;
  readonly content: string;
  readonly metadata: JsonObject;
  readonly delivered_at: string;
  readonly created_at: string;
}

export const messageColumns = sql.fragment`
  id, from_crew_id, to_crew_id, from_agent_id, content, metadata, delivered_at, created_at`;

export interface CrewMessageFilter {
  readonly crewId: string;
  readonly direction: 'incoming' | 'outgoing' | 'all';
  readonly peerCrewId: string | undefined;
  readonly since: string | undefined;
  readonly limit: number;
}

/** A crew's messages, newest first. */
export function listCrewMessages(
  reads: ReadPool,
  workspaceId: string,
  filter: CrewMessageFilter,
): Promise<readonly CrewMessage[]> {
  const { crewId, peerCrewId } = filter;
  const incoming: Fragment = sql.fragment`(to_crew_id = ${crewId}
    ${peerCrewId === undefined ? sql.fragment`` : sql.fragment`AND from_crew_id = ${peerCrewId}`})`;
  const outgoing: Fragment = sql.fragment`(from_crew_id = ${crewId}
    ${peerCrewId === undefined ? sql.fragment`` : sql.fragment`AND to_crew_id = ${peerCrewId}`})`;
  const where = {
    incoming,
    outgoing,
    all: sql.fragment`(${incoming} OR ${outgoing})`,
  }[filter.direction];
  const since =
    filter.since === undefined ? sql.fragment`` : sql.fragment`AND created_at > ${filter.since}::timestamptz`;
  return reads.any<CrewMessage>(
    [workspaceId],
    sql`
      SELECT ${messageColumns} FROM crew_messages WHERE workspace_id = ${workspaceId} AND ${where} ${since}
      ORDER BY created_at DESC, id DESC ${sql.limit(filter.limit)}`,
  );
}
