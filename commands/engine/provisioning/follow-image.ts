import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { provisionJob } from '../../../domain/crews/provisioning/provision-job.ts';
import { buildKey } from '../../../domain/kernel/outbox/outbox-command.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { moveJob } from '../jobs/move-job.ts';
import { insertJob } from '../jobs/request-job.ts';
import { tellCrew } from '../crews/advance-crew.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { journalProvision } from './provision-journal.ts';
import type { ProvisioningCrew } from '../../../db/crews/provisioning/provisioning-crew.ts';
import type { WantedImage } from './wanted-image.ts';

interface JoinedBuild {
  /** The image is there, the build was there, or it has been begun. */
  readonly outcome: 'cached' | 'queued' | 'running' | 'begun';
  readonly build_id: string | null;
  readonly build_n: number | null;
  readonly image_tag: string | null;
  readonly image_id: string | null;
}

/**
 * Gives the locked crew a job for the image that it wants: done at once when its host has the image, else following the
 * build that makes it, which is begun unless it is under way. `fresh` passes the image by. An open job of the crew is
 * for another image and ends. Returns whether the crew has its image now.
 */
export async function followImage(
  tx: Tx,
  crew: ProvisioningCrew & { readonly host_id: string },
  image: WantedImage,
  options: {
    fresh: boolean;
    actor: Actor;
    reason: 'asked' | 'changed' | 'needed';
    /** Why an open job ends. */
    leaving?: 'superseded' | 'moved';
  },
): Promise<boolean> {
  const { configHash } = image;
  // The build is locked before any job, as those who end it do.
  const joined = await tx.one<JoinedBuild>(sql`
    SELECT outcome, build_id, build_n, image_tag, image_id FROM crewship_join_build(
      ${newId()}, ${crew.workspace_id}, ${crew.host_id}, ${configHash}, ${sql.jsonb(image.spec)}, ${options.fresh})`);
  if (crew.open_job !== null) await endOpenJob(tx, crew, options.leaving ?? 'superseded', options.actor);
  const cached = joined.outcome === 'cached';
  const status = cached ? 'completed' : joined.outcome === 'running' ? 'running' : 'queued';
  const { id } = await insertJob(tx, {
    workspaceId: crew.workspace_id,
    kind: provisionJob,
    input: { config_hash: configHash, ...(options.fresh ? { fresh: true } : {}) },
    actor: options.actor,
    subject: { type: 'crew', id: crew.id },
    status,
    buildId: joined.build_id,
    ...(cached
      ? { result: { config_hash: configHash, cached_image: joined.image_tag, image_id: joined.image_id } }
      : {}),
  });
  const job = { id, workspace_id: crew.workspace_id, crew_id: crew.id };
  journalProvision(tx, job, options.fresh ? 'image is to be built anew' : 'image is asked for', {
    actor: options.actor,
    type: 'provisioning.queued',
    payload: {
      job_id: job.id,
      config_hash: configHash,
      reason: options.reason,
      fresh: options.fresh,
      build_id: joined.build_id,
    },
  });
  if (cached) {
    await tx.execute(sql`
      UPDATE crews SET config_hash = ${configHash}, cached_image = ${joined.image_tag},
        cached_image_id = ${joined.image_id}, cached_config_hash = ${configHash}
      WHERE id = ${crew.id}`);
    journalProvision(tx, job, 'image is ready', {
      type: 'provisioning.complete',
      payload: {
        job_id: job.id,
        cached_image: joined.image_tag,
        image_id: joined.image_id,
        config_hash: configHash,
        built: false,
      },
    });
    // A container of another image may go; who asks because it starts knows.
    if (options.reason !== 'needed') await tellCrew(tx, crew.id);
    return true;
  }
  await tx.execute(sql`
    UPDATE crews SET config_hash = ${configHash},
      cached_image = CASE WHEN ${options.fresh} THEN NULL ELSE cached_image END,
      cached_image_id = CASE WHEN ${options.fresh} THEN NULL ELSE cached_image_id END,
      cached_config_hash = CASE WHEN ${options.fresh} THEN NULL ELSE cached_config_hash END
    WHERE id = ${crew.id}`);
  if (joined.outcome === 'begun') tellBuild(tx, crew, { configHash, n: joined.build_n! });
  return false;
}

const END_SUMMARY = {
  cancelled: 'provisioning was cancelled',
  superseded: 'the configuration was changed meanwhile',
  crew_deleted: 'provisioning was cancelled',
  moved: 'the crew was moved to another host',
} as const;

/** Ends the crew's open job. The build it follows is told: without followers it is given up. */
export async function endOpenJob(
  tx: Tx,
  crew: ProvisioningCrew,
  reason: keyof typeof END_SUMMARY,
  actor: Actor,
): Promise<void> {
  const job = crew.open_job;
  if (job === null) return;
  await moveJob(tx, job.id, {
    to: 'cancelled',
    event: 'cancelled',
    actor,
    message: END_SUMMARY[reason],
    data: { reason },
    set: [sql.fragment`error_code = ${reason}`],
  });
  const crewJob = { id: job.id, workspace_id: crew.workspace_id, crew_id: crew.id };
  journalProvision(tx, crewJob, END_SUMMARY[reason], {
    actor,
    type: 'provisioning.cancelled',
    payload: { job_id: job.id, reason },
  });
  if (job.build !== null) tellBuild(tx, { ...crew, host_id: job.build.host_id }, job.build);
}

function tellBuild(
  tx: Tx,
  crew: { readonly workspace_id: string; readonly host_id: string },
  build: { readonly configHash: string; readonly n: number },
): void {
  tx.enqueue({
    kind: 'workflow',
    workflow: 'build',
    address: {
      workspaceId: crew.workspace_id,
      id: buildKey(crew.host_id, build.configHash),
      generation: build.n,
    },
  });
}
