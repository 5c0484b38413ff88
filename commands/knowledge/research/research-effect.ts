import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ResearchInput } from '../../../domain/knowledge/research/research-job.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { JobEffect } from '../../../db/kernel/transaction-effects.ts';
import { reachIn } from '../../../db/knowledge/namespaces/reach.ts';
import { findResearchPlace } from '../../../db/knowledge/research/research-rows.ts';
import { setJobProject } from '../../engine/jobs/job-work.ts';
import { knowledgeFrame } from '../namespaces/hold-namespace.ts';

/** The row of a run goes with its job, whoever asked for that; what waits at the job's end waits no more. */
export const researchEffect: JobEffect = {
  async requested(tx, job, given, actor) {
    // As the kind's schema made it.
    const input = given as unknown as ResearchInput;
    const caller = { workspaceId: job.workspace_id, userId: actor.id ?? '' };
    const namespace = await reachIn(tx, caller, { name: input.namespace });
    if (namespace === null) throw notFound('namespace');
    if (namespace.access !== 'write') {
      throw new CrewshipError('forbidden', `namespace ${namespace.name} is read-only to you`);
    }
    if (input.agent !== null) {
      const agent = await tx.maybeOne(sql`
        SELECT 1 FROM agents WHERE id = ${input.agent} AND workspace_id = ${job.workspace_id} AND deleted_at IS NULL`);
      if (agent === null) throw notFound('agent');
    }
    await tx.execute(sql`
      INSERT INTO research_runs (id, workspace_id, namespace_id, topic, questions, urls, allowed_domains, max_pages,
        reject_below, agent_id, created_by)
      VALUES (${job.id}, ${job.workspace_id}, ${namespace.id}, ${input.topic}, ${sql.jsonb(input.questions)},
        ${sql.jsonb(input.urls)}, ${sql.jsonb(input.allowed_domains)}, ${input.max_pages}, ${input.reject_below},
        ${input.agent}, ${actor.type === 'user' ? actor.id : null})`);
    await setJobProject(tx, job.id, namespace.project_id);
    tx.journal({
      ...knowledgeFrame(caller, namespace, actor),
      type: 'research.started',
      summary: 'research on the web was asked for',
      payload: { run_id: job.id },
    });
  },

  async ended(tx, job) {
    const expired = await tx.execute(sql`
      UPDATE research_candidates SET content = NULL,
        reason = CASE WHEN status = 'approved' THEN 'the run has ended' ELSE reason END,
        status = CASE WHEN status = 'approved' THEN 'ingest_failed' ELSE 'expired' END
      WHERE run_id = ${job.id} AND status IN ('pending', 'approved')`);
    const place = expired === 0 ? null : await findResearchPlace(tx, job.id);
    if (place === null) return;
    tx.journal({
      ...knowledgeFrame({ workspaceId: job.workspace_id }, place, systemActor()),
      type: 'research.expired',
      summary: 'pages of a research run that has ended are not decided about any more',
      payload: { run_id: job.id, candidates: expired },
    });
  },
};
