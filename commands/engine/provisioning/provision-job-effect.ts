import { wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JobEffect } from '../../../db/kernel/transaction-effects.ts';
import { findJob } from '../../../db/work/jobs/job-row.ts';
import { lockProvisioningCrew } from '../../../db/crews/provisioning/provisioning-crew.ts';
import { cancelProvision } from './provision-commands.ts';

/** A provisioning that is cancelled by its job ends as one that is cancelled by its crew. */
export const provisionJobEffect: JobEffect = {
  async cancel(tx, job, actor) {
    const crew = await lockProvisioningCrew(tx, job.subject_id!);
    if (crew?.open_job?.id === job.id) {
      await cancelProvision(tx, crew.id, actor);
      return;
    }
    const now = await findJob(tx, job.id);
    throw wrongState('job', now?.status ?? job.status);
  },
};
