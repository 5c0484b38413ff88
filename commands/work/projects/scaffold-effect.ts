import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { refuseArchived } from '../../../domain/work/projects/project.ts';
import { hasOneSource, type ScaffoldInput, scaffoldJob } from '../../../domain/work/projects/scaffold-job.ts';
import { findTemplate, TEMPLATE_NAMES } from '../../../platform/project-templates/project-templates.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { JobEffect } from '../../../db/kernel/transaction-effects.ts';
import { setJobProject } from '../../engine/jobs/job-work.ts';
import { holdProject } from './hold-project.ts';

/** Whoever asks for it may edit the project, whatever door they came by; one of a project goes on at a time. */
export const scaffoldEffect: JobEffect = {
  async requested(tx, job, given, actor) {
    // As the kind's schema made it.
    const input = given as unknown as ScaffoldInput;
    if (!hasOneSource(given)) throw invalidField('template', 'or prompt must be given, and not both');
    if ('template' in input && findTemplate(input.template) === undefined) {
      throw invalidField('template', `must be one of ${TEMPLATE_NAMES.join(', ')}`);
    }
    const call = { projectId: input.project_id, userId: actor.id ?? '' };
    const project = await holdProject(tx, call, 'editor', actor);
    refuseArchived(project);
    const other = await tx.maybeOne<{ id: string }>(sql`
      SELECT id FROM jobs WHERE workspace_id = ${job.workspace_id} AND kind = ${scaffoldJob.name}
        AND subject_id = ${project.id} AND id <> ${job.id}
        AND status IN ('queued', 'running', 'waiting', 'cancelling') LIMIT 1`);
    if (other !== null) {
      throw new CrewshipError('conflict', 'something is being put into this project already', {
        extensions: { reason: 'running', job_id: other.id },
      });
    }
    await setJobProject(tx, job.id, project.id);
  },
};
