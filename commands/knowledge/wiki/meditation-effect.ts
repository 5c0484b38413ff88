import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { MeditationInput } from '../../../domain/knowledge/wiki/meditation-job.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { JobEffect } from '../../../db/kernel/transaction-effects.ts';
import { reachIn } from '../../../db/knowledge/namespaces/reach.ts';
import { setJobProject } from '../../engine/jobs/job-work.ts';
import { knowledgeFrame } from '../namespaces/hold-namespace.ts';

/** The row of a run goes with its job, whoever asked for that. One of a namespace is under way at a time. */
export const meditationEffect: JobEffect = {
  async requested(tx, job, given, actor) {
    // As the kind's schema made it.
    const input = given as unknown as MeditationInput;
    const caller = { workspaceId: job.workspace_id, userId: actor.id ?? '' };
    const namespace = await reachIn(tx, caller, { name: input.namespace });
    if (namespace === null) throw notFound('namespace');
    if (namespace.access !== 'write') {
      throw new CrewshipError('forbidden', `namespace ${namespace.name} is read-only to you`);
    }
    const other = await tx.maybeOne(sql`
      SELECT 1 FROM meditation_runs r JOIN jobs j ON j.id = r.id
      WHERE r.namespace_id = ${namespace.id} AND j.status IN ('queued', 'running', 'waiting', 'cancelling') LIMIT 1`);
    if (other !== null) {
      throw new CrewshipError('conflict', 'another run of this namespace is under way', {
        extensions: { reason: 'running' },
      });
    }
    await tx.execute(sql`
      INSERT INTO meditation_runs (id, workspace_id, namespace_id, mode, max_proposals, dry_run, created_by)
      VALUES (${job.id}, ${job.workspace_id}, ${namespace.id}, ${input.mode}, ${input.max_proposals}, ${input.dry_run},
        ${actor.type === 'user' ? actor.id : null})`);
    await setJobProject(tx, job.id, namespace.project_id);
    tx.journal({
      ...knowledgeFrame(caller, namespace, actor),
      type: 'wiki.meditation_started',
      summary: 'a look through a namespace of knowledge was asked for',
      payload: { run_id: job.id, namespace_id: namespace.id },
    });
  },
};
