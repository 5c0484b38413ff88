import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { BUILD_STEPS, type BuildStep } from '../../../domain/crews/provisioning/build-spec.ts';
import { BUILD_LIMIT_MS, type ProvisionJob } from '../../../domain/crews/provisioning/provision.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type BuildRow, isActive, lockBuild, readFollowers } from '../../../db/crews/provisioning/build-row.ts';
import { moveJobs } from '../jobs/move-job.ts';
import { endBuild } from './end-build.ts';
import { TAKEN_MESSAGE } from './skip-to-tag.ts';
import { journalProvision } from './provision-journal.ts';

/** What a build's workflow does next. */
export type BuildWorkflowStep =
  | { readonly kind: 'closed' }
  /** Take this step on this host. The build's time is up in `timeLeftMs`; before the host began it has all of it. */
  | { readonly kind: 'build'; readonly hostId: string; readonly step: BuildStep; readonly timeLeftMs: number }
  /** The build is over: remove what it left on this host. */
  | { readonly kind: 'clean'; readonly hostId: string };

const MAX_RESTARTS = 3;
const FIRST_STEP_IN_CONTAINER = BUILD_STEPS.indexOf('install-features');

/**
 * One step of a build's workflow. A build that nobody follows any more is cancelled here, under the lock that joining
 * takes: whoever comes before it keeps the build going, whoever comes after it gets the next one. Past its time it
 * fails.
 */
export async function advanceBuild(db: Database, address: WorkflowAddress): Promise<BuildWorkflowStep> {
  const scope = { requestId: address.requestId ?? null };
  const step = await db.systemTransaction(scope, async (tx): Promise<BuildWorkflowStep | 'expired'> => {
    const build = await lockBuild(tx, address);
    if (build === null) return { kind: 'closed' };
    if (!isActive(build)) return build.closed_at === null ? clean(build) : { kind: 'closed' };
    if ((await readFollowers(tx, build.id)).length === 0) {
      await tx.execute(sql`
        UPDATE image_builds SET status = 'cancelled', finished_at = clock_timestamp(), updated_at = now()
        WHERE id = ${build.id}`);
      return clean(build);
    }
    const { left_ms: leftMs } = await tx.one<{ left_ms: number }>(sql`
      SELECT coalesce(ceil(extract(epoch FROM deadline_at - clock_timestamp()) * 1000)::bigint, ${BUILD_LIMIT_MS})
        AS left_ms
      FROM image_builds WHERE id = ${build.id}`);
    if (leftMs <= 0) return 'expired';
    return { kind: 'build', hostId: build.host_id, step: BUILD_STEPS[build.steps_done]!, timeLeftMs: leftMs };
  });
  if (step !== 'expired') return step;
  await endBuild(db, address, (build) => ({
    kind: 'failed',
    code: 'timeout',
    message:
      `not done after ${BUILD_LIMIT_MS / 60_000} minutes, in step ${BUILD_STEPS[build.steps_done]}` +
      (build.error_message === null ? '' : `: ${build.error_message}`),
  }));
  return advanceBuild(db, address);
}

function clean(build: BuildRow): BuildWorkflowStep {
  return { kind: 'clean', hostId: build.host_id };
}

function idsOf(jobs: readonly ProvisionJob[]): readonly string[] {
  return jobs.map(({ id }) => id);
}

/** `queued` → `running`. Its time counts from here: while the host was busy or away it lost none. */
async function startBuild(tx: Tx, build: BuildRow): Promise<void> {
  await tx.execute(sql`
    UPDATE image_builds SET status = 'running', started_at = clock_timestamp(), updated_at = now(),
      deadline_at = clock_timestamp() + ${BUILD_LIMIT_MS} * interval '1 millisecond'
    WHERE id = ${build.id}`);
  const followers = await readFollowers(tx, build.id);
  await moveJobs(tx, idsOf(followers), { to: 'running', event: 'started', actor: orchestratorActor() });
  for (const job of followers) {
    journalProvision(tx, job, 'image is being built', {
      type: 'provisioning.building',
      payload: { job_id: job.id, config_hash: build.config_hash, host_id: build.host_id, n: build.n },
    });
  }
}

/**
 * Says that the host takes up a step of the build, before anything of it happens. Null: the build is over, or at
 * another step; nothing may be done for it. The row is as it was before: one that is at this step says that it is taken
 * up again, which is nothing new.
 */
export async function beginBuildStep(
  db: Database,
  address: WorkflowAddress,
  step: BuildStep,
): Promise<BuildRow | null> {
  return db.systemTransaction({ requestId: address.requestId ?? null }, async (tx) => {
    const build = await lockBuild(tx, address);
    if (build === null || !isActive(build) || BUILD_STEPS[build.steps_done] !== step) return null;
    if (build.step === step) return build;
    if (build.status === 'queued') await startBuild(tx, build);
    const message = build.source === 'registry' ? `${TAKEN_MESSAGE}; ${STEP_MESSAGES[step]}` : STEP_MESSAGES[step];
    await tx.execute(sql`
      UPDATE image_builds SET step = ${step}, message = ${message}, step_failures = 0, error_code = NULL,
        error_message = NULL, updated_at = now()
      WHERE id = ${build.id}`);
    const at = build.steps_done + 1;
    const followers = await readFollowers(tx, build.id);
    await moveJobs(tx, idsOf(followers), {
      to: 'running',
      event: 'progress',
      actor: orchestratorActor(),
      data: { step },
      set: [sql.fragment`step = ${step}, progress_step = ${build.steps_done}, progress_message = ${message}`],
    });
    for (const job of followers) {
      journalProvision(tx, job, message, {
        once: build.restarts === 0 ? step : `${step}-${build.restarts}`,
        type: 'provisioning.step',
        payload: { job_id: job.id, step: at, total: BUILD_STEPS.length, name: step },
      });
    }
    return build;
  });
}

/** The short message of each step. */
const STEP_MESSAGES: Readonly<Record<BuildStep, string>> = {
  validate: 'validating the configuration',
  'pull-base': 'pulling the base image',
  'install-features': 'installing devcontainer features',
  'install-mise': 'installing tools with mise',
  snapshot: 'committing the image',
  tag: 'tagging the image',
};

/** What a step leaves for those after it. */
export type StepResult = Partial<
  Pick<BuildRow, 'resolved_features' | 'base_image_id' | 'mise_env' | 'image_id' | 'size_bytes'>
>;

/** A step is done. False: the build is over, or elsewhere. */
export async function finishBuildStep(
  db: Database,
  address: WorkflowAddress,
  step: BuildStep,
  result: StepResult,
): Promise<boolean> {
  return db.systemTransaction({}, async (tx) => {
    const build = await lockBuild(tx, address);
    if (build === null || build.status !== 'running' || BUILD_STEPS[build.steps_done] !== step) return false;
    const left: Fragment[] = Object.entries(result).map(([name, value]) => {
      const json = name === 'resolved_features' || name === 'mise_env';
      return sql.fragment`${sql.identifier([name])} = ${json ? sql.jsonb(value) : (value as string | number | null)}`;
    });
    await tx.execute(sql`
      UPDATE image_builds SET ${sql.join(
        [
          ...left,
          sql.fragment`steps_done = steps_done + 1, step_failures = 0, error_code = NULL, error_message = NULL,
            updated_at = now()`,
        ],
        sql.fragment`, `,
      )} WHERE id = ${build.id}`);
    return true;
  });
}

/**
 * A step failed of something that may pass. The reason is kept for when time runs out; after `maxTries` in a row the
 * build fails of it. `containerLost`: what was done in the container is gone with it, and is done again. True: it is
 * worth trying again.
 */
export async function recordStepFailure(
  db: Database,
  address: WorkflowAddress,
  failure: { code: string; message: string; containerLost: boolean },
  maxTries: number,
): Promise<boolean> {
  const worthIt = await db.systemTransaction({}, async (tx) => {
    const build = await lockBuild(tx, address);
    if (build === null || build.status !== 'running') return true;
    const next = failure.containerLost
      ? sql.fragment`restarts = restarts + 1, steps_done = least(steps_done, ${FIRST_STEP_IN_CONTAINER}), step = NULL,
        mise_env = NULL`
      : sql.fragment`step_failures = step_failures + 1`;
    await tx.execute(sql`
      UPDATE image_builds SET ${next}, error_code = ${failure.code}, error_message = ${failure.message.slice(0, 2_000)},
        updated_at = now()
      WHERE id = ${build.id}`);
    return build.step_failures + 1 < maxTries && build.restarts < MAX_RESTARTS;
  });
  if (!worthIt) await endBuild(db, address, { kind: 'failed', code: failure.code, message: failure.message });
  return worthIt;
}

/**
 * Somebody builds: a sign of life in the jobs that follow it. Those that are being changed have one by that, and nobody
 * waits for them here.
 */
export async function beatBuildJobs(db: Pick<Database, 'systemStatement'>, buildId: string): Promise<void> {
  await db.systemStatement(sql`
    UPDATE jobs SET heartbeat_at = clock_timestamp() WHERE id IN (
      SELECT id FROM jobs WHERE build_id = ${buildId} AND status = 'running' FOR UPDATE SKIP LOCKED)`);
}

/**
 * What is shown of a build while it runs; later than its end it changes nothing. Resolves with the jobs that follow it.
 */
export async function recordBuildOutput(
  db: Pick<Database, 'systemStatement'>,
  buildId: string,
  logTail: readonly string[],
): Promise<readonly ProvisionJob[]> {
  return db.systemStatement<ProvisionJob>(sql`
    WITH told AS (
      UPDATE image_builds SET log_tail = ${sql.array([...logTail], 'text')}, updated_at = now()
      WHERE id = ${buildId} AND status = 'running' RETURNING id)
    SELECT j.id, j.workspace_id, j.subject_id AS crew_id FROM jobs j JOIN told ON told.id = j.build_id
    WHERE j.status = 'running'`);
}

/** Nothing of the build is left on its host but its image: its workflow may close. */
export async function closeBuild(db: Database, buildId: string): Promise<void> {
  await db.systemStatement(sql`
    UPDATE image_builds SET closed_at = now(), updated_at = now()
    WHERE id = ${buildId} AND status IN ('completed', 'failed', 'cancelled') AND closed_at IS NULL`);
}
