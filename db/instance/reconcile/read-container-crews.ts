import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** What a container is compared with. */
export interface ContainerCrew {
  readonly id: string;
  readonly host_id: string | null;
  readonly generation: number;
  readonly container_status: string;
  readonly container_id: string | null;
}

/** The crews of these ids, by id. */
export async function readContainerCrews(
  db: Pick<Database, 'systemReads'>,
  crewIds: readonly string[],
): Promise<ReadonlyMap<string, ContainerCrew>> {
  const rows = await db.systemReads.any<ContainerCrew>(
    [],
    sql`
      SELECT id, host_id, generation, container_status, container_id FROM crews
      WHERE id = ANY(${sql.array([...new Set(crewIds)], 'text')})`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}
