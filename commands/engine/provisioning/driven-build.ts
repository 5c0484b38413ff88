import type { DrivenWorkflow } from '../../../db/kernel/driven-workflow.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { parseBuildKey } from '../../../domain/kernel/outbox/outbox-command.ts';
import { lockBuild, readNewestBuild } from '../../../db/crews/provisioning/build-row.ts';

/** The rows that `buildWorkflow` workflows drive. */
export const drivenBuild: DrivenWorkflow = {
  // Over, or given up, and nobody has said so; what is to be removed is due at once.
  readLive: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (
      SELECT *, host_id || '-' || config_hash AS actor_id FROM image_builds WHERE closed_at IS NULL
    )
    SELECT actor_id AS id, asked_by_workspace_id AS workspace_id, n AS generation, false AS running, (
        status NOT IN ('queued', 'running') OR deadline_at < now() - ${graceMs} * interval '1 millisecond'
        OR NOT EXISTS (SELECT 1 FROM jobs j WHERE j.build_id = live.id AND j.status IN ('queued', 'running'))
      ) IS TRUE AS overdue
    FROM live WHERE actor_id > ${afterId} AND actor_id = coalesce(${only ?? null}, actor_id)
    ORDER BY actor_id, n ${sql.limit(limit)}`,
  // Each has a row of its own; the newest says how far they reach.
  readKnown: (ids) => {
    const wanted = ids.map(parseBuildKey);
    return sql`
      SELECT DISTINCT ON (b.host_id, b.config_hash) b.host_id || '-' || b.config_hash AS id,
        b.asked_by_workspace_id AS workspace_id, b.n AS generation, b.closed_at IS NULL AS live
      FROM image_builds b JOIN ${sql.unnest(
        wanted.map(({ hostId, configHash }) => [hostId, configHash]),
        ['text', 'text'],
      )} AS asked(host_id, config_hash) USING (host_id, config_hash)
      ORDER BY b.host_id, b.config_hash, b.n DESC`;
  },
  async lock(tx, id, generation) {
    const newest = await readNewestBuild(tx, id);
    if (newest === null) return null;
    const build = (await lockBuild(tx, { id, generation })) ?? (await lockBuild(tx, { id, generation: newest }));
    if (build === null) return null;
    return {
      generation: build.n,
      live: build.closed_at === null,
      taken: newest,
      crewId: null,
      missionId: null,
      taskId: null,
      // The build is the same: what it has done, and its name in Docker, stay.
      async raise(to) {
        await tx.execute(sql`UPDATE image_builds SET n = ${to}, updated_at = now() WHERE id = ${build.id}`);
      },
    };
  },
};
