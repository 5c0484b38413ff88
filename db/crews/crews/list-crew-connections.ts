import { oldestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

export type ConnectionDirection = 'bidirectional' | 'unidirectional';

/** A link between two crews (docs/contracts/crews-and-agents.md, Connections). */
export interface CrewConnection {
  readonly id: string;
  readonly workspace_id: string;
  readonly from_crew_id: string;
  readonly from_crew_name: string;
  readonly from_crew_slug: string;
  readonly to_crew_id: string;
  readonly to_crew_name: string;
  readonly to_crew_slug: string;
  readonly direction: ConnectionDirection;
  readonly status: 'active';
  readonly created_at: string;
  readonly updated_at: string;
}

const CONNECTIONS = oldestFirst('l');

/** Connections of a workspace, or of one of its crews, oldest first. */
export function listCrewConnections(
  reads: ReadPool,
  workspaceId: string,
  filter: { readonly crewId: string | null },
  page: PageRequest,
): Promise<Page<CrewConnection>> {
  const ofCrew: Fragment =
    filter.crewId === null
      ? sql.fragment``
      : sql.fragment`AND (l.from_crew_id = ${filter.crewId} OR l.to_crew_id = ${filter.crewId})`;
  const where = sql.fragment`l.workspace_id = ${workspaceId} ${ofCrew}`;
  return readPage<CrewConnection>(
    reads,
    [workspaceId],
    sql`
      SELECT l.id, l.workspace_id, l.from_crew_id, f.name AS from_crew_name, f.slug AS from_crew_slug, l.to_crew_id,
        t.name AS to_crew_name, t.slug AS to_crew_slug, l.direction, 'active' AS status, l.created_at, l.updated_at,
        ${CONNECTIONS.key}, count(*) OVER () AS total
      FROM crew_connections l JOIN crews f ON f.id = l.from_crew_id JOIN crews t ON t.id = l.to_crew_id
      WHERE ${where} ${CONNECTIONS.after(page)} ORDER BY ${CONNECTIONS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM crew_connections l WHERE ${where}`,
  );
}
