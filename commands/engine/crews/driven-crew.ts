import type { DrivenWorkflow } from '../../../db/kernel/driven-workflow.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { lockCrew } from '../../../db/crews/crews/crew-row.ts';

/** The rows that `crewWorkflow` workflows drive. */
export const drivenCrew: DrivenWorkflow = {
  readLive: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (
      SELECT * FROM crews WHERE container_status <> 'stopped' AND container_status IN ('starting', 'running')
    )
    SELECT id, workspace_id, generation, false AS running, deleted_at IS NOT NULL OR (
        sidecar_gone AND coalesce(sidecar_restart_at, '-infinity') < now() - ${graceMs} * interval '1 millisecond'
      ) OR (
        container_status = 'starting' AND devcontainer_config IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM jobs j
            WHERE j.subject_id = live.id AND j.kind = 'provision' AND j.status IN ('queued', 'running'))
      ) AS overdue
    FROM live WHERE id > ${afterId} AND id = coalesce(${only ?? null}, id) ORDER BY id ${sql.limit(limit)}`,
  readKnown: (ids) => sql`
    SELECT id, workspace_id, generation, container_status IN ('starting', 'running') AS live FROM crews
    WHERE id = ANY(${sql.array([...ids], 'text')})`,
  async lock(tx, id) {
    const crew = await lockCrew(tx, id);
    if (crew === null) return null;
    return {
      generation: crew.generation,
      live: crew.container_status === 'starting' || crew.container_status === 'running',
      crewId: crew.id,
      missionId: null,
      taskId: null,
      async raise(generation) {
        await tx.execute(sql`
          UPDATE crews SET generation = ${generation} WHERE id = ${crew.id} AND generation = ${crew.generation}`);
      },
    };
  },
};
