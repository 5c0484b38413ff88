import { orchestratorActor, systemActor } from '../../../domain/kernel/access/authority.ts';
import type { BuildVerdict, ProvisionJob } from '../../../domain/crews/provisioning/provision.ts';
import { type WorkflowAddress, parseBuildKey } from '../../../domain/kernel/outbox/outbox-command.ts';
import { moveJobs } from '../jobs/move-job.ts';
import { failStartingCrew, tellCrew } from '../crews/advance-crew.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  type BuildRow,
  buildAddress,
  isActive,
  lockBuild,
  readFollowers,
} from '../../../db/crews/provisioning/build-row.ts';
import { keepCachedImage } from './cached-images.ts';
import { journalProvision } from './provision-journal.ts';
import { lockCrew } from '../../../db/crews/crews/crew-row.ts';

/**
 * Ends a build and tells all who follow it, in one transaction: their jobs, their crews' images, the journals of their
 * workspaces, and the workflows that wait for an image. False: it was over. Crews are locked before the build, as
 * joining does; when somebody joined in between, all is released and begun again.
 */
export async function endBuild(
  db: Database,
  address: WorkflowAddress,
  verdict: BuildVerdict | ((build: BuildRow) => BuildVerdict),
): Promise<boolean> {
  for (;;) {
    const ended = await db.systemTransaction({ requestId: address.requestId ?? null }, async (tx) => {
      const crewIds = await lockCrewsOfFollowers(tx, address);
      const build = await lockBuild(tx, address);
      if (build === null || !isActive(build)) return false;
      const followers = await readFollowers(tx, build.id);
      if (followers.some(({ crew_id: crewId }) => !crewIds.has(crewId))) return 'joined';
      await applyVerdict(tx, build, followers, typeof verdict === 'function' ? verdict(build) : verdict);
      return true;
    });
    if (ended !== 'joined') return ended;
  }
}

async function lockCrewsOfFollowers(tx: Tx, address: WorkflowAddress): Promise<ReadonlySet<string>> {
  const { hostId, configHash } = parseBuildKey(address.id);
  const crews = await tx.any<{ id: string }>(sql`
    SELECT c.id FROM crews c WHERE c.id IN (
      SELECT j.subject_id FROM jobs j JOIN image_builds b ON b.id = j.build_id
      WHERE b.host_id = ${hostId} AND b.config_hash = ${configHash} AND b.n = ${address.generation}
        AND j.status IN ('queued', 'running'))
    ORDER BY c.id FOR NO KEY UPDATE`);
  return new Set(crews.map(({ id }) => id));
}

async function applyVerdict(
  tx: Tx,
  build: BuildRow,
  followers: readonly ProvisionJob[],
  verdict: BuildVerdict,
): Promise<void> {
  const completed = verdict.kind === 'completed' ? verdict : null;
  const failed = verdict.kind === 'failed' ? verdict : null;
  await tx.execute(sql`
    UPDATE image_builds SET status = ${verdict.kind}, finished_at = clock_timestamp(), updated_at = now(),
      steps_done = CASE WHEN ${completed !== null} THEN 6 ELSE steps_done END,
      image_id = coalesce(${completed?.imageId ?? null}, image_id),
      size_bytes = coalesce(${completed?.sizeBytes ?? null}, size_bytes), tag = ${completed?.tag ?? null},
      error_code = ${failed?.code ?? null}, error_message = ${failed?.message.slice(0, 2_000) ?? null}
    WHERE id = ${build.id}`);
  switch (verdict.kind) {
    case 'completed':
      await keepCachedImage(tx, { hostId: build.host_id, configHash: build.config_hash, ...verdict });
      return giveImage(tx, build, followers, verdict);
    case 'failed':
      journalBuildFailed(tx, build, verdict.code);
      return tellOfEnd(tx, followers, { status: 'failed', event: 'failed', ...verdict });
    case 'cancelled':
      // Somebody else's decision: the workflow, and the host at its step, must hear of it.
      tx.enqueue({ kind: 'workflow', workflow: 'build', address: buildAddress(build) });
      return tellOfEnd(tx, followers, {
        status: 'cancelled',
        event: 'cancelled',
        code: 'cancelled',
        message: 'provisioning was cancelled',
      });
  }
}

/** A crew whose configuration was edited meanwhile is not given an image of the old one. */
async function giveImage(
  tx: Tx,
  build: BuildRow,
  followers: readonly ProvisionJob[],
  image: Extract<BuildVerdict, { kind: 'completed' }>,
): Promise<void> {
  const given = await tx.any<{ id: string }>(sql`
    UPDATE crews SET cached_image = ${image.tag}, cached_image_id = ${image.imageId},
      cached_config_hash = ${build.config_hash}
    WHERE id = ANY(${sql.array(
      followers.map(({ crew_id: crewId }) => crewId),
      'text',
    )})
      AND config_hash = ${build.config_hash}
    RETURNING id`);
  const ids = new Set(given.map(({ id }) => id));
  const served = followers.filter((job) => ids.has(job.crew_id));
  const result = { config_hash: build.config_hash, cached_image: image.tag, image_id: image.imageId };
  await moveJobs(tx, idsOf(served), {
    to: 'completed',
    event: 'completed',
    actor: orchestratorActor(),
    set: [sql.fragment`progress_step = progress_total, result = ${sql.jsonb(result)}`],
  });
  for (const job of served) {
    journalProvision(tx, job, 'image is ready', {
      type: 'provisioning.complete',
      payload: {
        job_id: job.id,
        cached_image: image.tag,
        image_id: image.imageId,
        config_hash: build.config_hash,
        built: build.source === 'built',
        source: build.source,
      },
    });
    await tellCrew(tx, job.crew_id);
  }
  await cancelJobs(
    tx,
    followers.filter((job) => !ids.has(job.crew_id)),
    'superseded',
  );
}

async function tellOfEnd(
  tx: Tx,
  followers: readonly ProvisionJob[],
  end: { status: 'failed' | 'cancelled'; event: 'failed' | 'cancelled'; code: string; message: string },
): Promise<void> {
  await moveJobs(tx, idsOf(followers), {
    to: end.status,
    event: end.event,
    actor: orchestratorActor(),
    message: end.message.slice(0, 2_000),
    data: { error_code: end.code },
    set: [sql.fragment`error_code = ${end.code}, error_message = ${end.message.slice(0, 2_000)}`],
  });
  for (const job of followers) {
    journalProvision(tx, job, end.event === 'failed' ? 'image could not be built' : 'provisioning was cancelled', {
      type: `provisioning.${end.event}`,
      payload: { job_id: job.id, error_code: end.code, error: end.message.slice(0, 500) },
    });
    const crew = await lockCrew(tx, job.crew_id);
    if (crew !== null) await failStartingCrew(tx, crew, { code: end.code, message: end.message });
  }
}

/** Jobs whose crews want another image by now. Crews that wait to start look again and ask for that one. */
async function cancelJobs(tx: Tx, jobs: readonly ProvisionJob[], reason: string): Promise<void> {
  if (jobs.length === 0) return;
  await moveJobs(tx, idsOf(jobs), {
    to: 'cancelled',
    event: 'cancelled',
    actor: orchestratorActor(),
    data: { reason },
    set: [sql.fragment`error_code = ${reason}`],
  });
  for (const job of jobs) {
    journalProvision(tx, job, 'the configuration was changed meanwhile', {
      type: 'provisioning.cancelled',
      payload: { job_id: job.id, reason },
    });
    await tellCrew(tx, job.crew_id);
  }
}

function idsOf(jobs: readonly ProvisionJob[]): readonly string[] {
  return jobs.map(({ id }) => id);
}

/** In the instance's stream, once a build, for those who run the host. */
function journalBuildFailed(tx: Tx, build: BuildRow, code: string): void {
  tx.journal({
    transitionId: `build-${build.id}:failed`,
    type: 'provisioning.build_failed',
    severity: 'warn',
    actor: systemActor(),
    workspaceId: null,
    targetType: 'host',
    targetId: build.host_id,
    summary: `a build failed on host ${build.host_id}`,
    payload: { host_id: build.host_id, config_hash: build.config_hash, n: build.n, step: build.step, error_code: code },
  });
}
