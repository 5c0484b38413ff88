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

/** Connections of a workspace, or of one of its crews, oldest first. */
export function listCrewConnections(
  reads: ReadPool,
  workspaceId: string,
  filter: { readonly crewId: string | null },
): Promise<readonly CrewConnection[]> {
  const ofCrew: Fragment =
    filter.crewId === null
      ? sql.fragment``
      : sql.fragment`AND (l.from_crew_id = ${filter.crewId} OR l.to_crew_id = ${filter.crewId})`;
  return reads.any<CrewConnection>(
    [workspaceId],
    sql`
      SELECT l.id, l.workspace_id, l.from_crew_id, f.name AS from_crew_name, f.slug AS from_crew_slug, l.to_crew_id,
        t.name AS to_crew_name, t.slug AS to_crew_slug, l.direction, 'active' AS status, l.created_at, l.updated_at
      FROM crew_connections l JOIN crews f ON f.id = l.from_crew_id JOIN crews t ON t.id = l.to_crew_id
      WHERE l.workspace_id = ${workspaceId} ${ofCrew} ORDER BY l.created_at, l.id LIMIT 1000`,
  );
}
