import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface CrewDisk {
  readonly disk_bytes: number | null;
  readonly measured_at: string | null;
  readonly hosts: readonly {
    readonly host_id: string;
    readonly disk_bytes: number | null;
    readonly measured_at: string | null;
    readonly over_limit: boolean;
  }[];
  readonly largest_runs: readonly { readonly run_id: string; readonly disk_bytes: number }[];
}

const MOST_HOSTS = 100;
const LARGEST_RUNS = 20;

/** What a crew takes on the hosts that keep something of it, and which of its runs take most. */
export async function readCrewDisk(reads: ReadPool, workspaceId: string, crewId: string): Promise<CrewDisk> {
  const [hosts, largest_runs] = await Promise.all([
    reads.any<CrewDisk['hosts'][number]>(
      [workspaceId],
      sql`
        SELECT host_id, disk_bytes, measured_at, over_since IS NOT NULL AS over_limit FROM crew_data
        WHERE crew_id = ${crewId} ORDER BY host_id LIMIT ${MOST_HOSTS}`,
    ),
    reads.any<CrewDisk['largest_runs'][number]>(
      [workspaceId],
      sql`
        SELECT run_id, disk_bytes FROM run_data WHERE crew_id = ${crewId}
        ORDER BY disk_bytes DESC, run_id LIMIT ${LARGEST_RUNS}`,
    ),
  ]);
  const measured = hosts.filter(({ disk_bytes: bytes }) => bytes !== null);
  const times = measured.flatMap(({ measured_at: at }) => (at === null ? [] : [at]));
  return {
    disk_bytes: measured.length === 0 ? null : measured.reduce((sum, { disk_bytes: bytes }) => sum + (bytes ?? 0), 0),
    measured_at: times.toSorted()[0] ?? null,
    hosts,
    largest_runs,
  };
}
