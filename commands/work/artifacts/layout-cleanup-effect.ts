import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { layoutCleanupJob } from '../../../domain/work/artifacts/layout-cleanup-job.ts';
import { refuseStaleBase, refuseUnlessHtml } from '../../../domain/work/artifacts/artifact.ts';
import { lockArtifact } from '../../../db/work/artifacts/artifacts-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { JobEffect } from '../../../db/kernel/transaction-effects.ts';
import { placeJob } from '../../engine/jobs/place-job.ts';
import { refuseEditing } from './revise-artifact.ts';

/** Whoever asks for it may edit the artifact, whatever door they came by; one of an artifact goes on at a time. */
export const layoutCleanupEffect: JobEffect = {
  async requested(tx, job, input, actor) {
    const viewer = { workspaceId: job.workspace_id, userId: actor.id ?? '' };
    const artifact = await lockArtifact(tx, viewer, input.reference_token as string);
    if (artifact === null) throw invalidField('input.reference_token', 'names no artifact that the caller may see');
    refuseEditing(artifact);
    refuseUnlessHtml(artifact.kind);
    const base = (input.base_revision as number | undefined) ?? artifact.current_revision;
    refuseStaleBase(artifact.current_revision, base);
    const other = await tx.maybeOne<{ id: string }>(sql`
      SELECT id FROM jobs WHERE workspace_id = ${job.workspace_id} AND kind = ${layoutCleanupJob.name}
        AND subject_id = ${artifact.reference_token} AND id <> ${job.id}
        AND status IN ('queued', 'running', 'waiting', 'cancelling') LIMIT 1`);
    if (other !== null) {
      throw new CrewshipError('conflict', 'its layout is being tidied already', {
        extensions: { reason: 'running', job_id: other.id },
      });
    }
    await placeJob(tx, job.id, { projectId: artifact.project_id, input: { base_revision: base } });
  },
};
