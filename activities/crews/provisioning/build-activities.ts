import { CancelledFailure, Context } from '@temporalio/activity';
import {
  beatBuildJobs,
  beginBuildStep,
  closeBuild,
  finishBuildStep,
  recordStepFailure,
  type StepResult,
} from '../../../commands/engine/provisioning/advance-build.ts';
import type { BridgeTrafficWatch } from '../containers/bridge-traffic.ts';
import { EgressFilterError } from '../containers/egress-filter.ts';
import type { BuildRow } from '../../../db/crews/provisioning/build-row.ts';
import { endBuild } from '../../../commands/engine/provisioning/end-build.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { BuildStep } from '../../../domain/crews/provisioning/build-spec.ts';
import type { BuildVerdict } from '../../../domain/crews/provisioning/provision.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { isDockerError } from '../../../platform/docker/docker-error.ts';
import type { WakeBus } from '../../../platform/bus/wake-bus.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { skipToTag, unskip } from '../../../commands/engine/provisioning/skip-to-tag.ts';
import { scrubText } from '../../../platform/scrubber/scrubber.ts';
import { whileHeartbeating } from '../../kernel/while-heartbeating.ts';
import { createBuildLog } from './build-log.ts';
import type { ImageExchange } from './exchange/image-exchange.ts';
import { openBuildCredentials } from './open-build-credentials.ts';
import {
  BUILD_LABEL,
  type BuildDeps,
  BuildError,
  type BuildRun,
  type BuildTarget,
  type ResolvedFeature,
} from './steps/build-types.ts';
import { storeBuildOutput } from './store-build-output.ts';
import type { StepsUnderWay } from './steps-under-way.ts';
import { installFeatures } from './steps/install-features.ts';
import { installMise } from './steps/install-mise.ts';
import { pullBase } from './steps/pull-base.ts';
import { removeBuildLeftovers } from './steps/remove-build-leftovers.ts';
import { snapshotBuild } from './steps/snapshot-build.ts';
import { tagBuild } from './steps/tag-build.ts';
import { validateBuild } from './steps/validate-build.ts';
import { readBuildToClean } from '../../../db/crews/provisioning/read-build-to-clean.ts';

export interface BuildHostDeps {
  readonly db: Database;
  readonly log: Pick<Logger, 'warn'>;
  readonly bus: Pick<WakeBus, 'publish'>;
  readonly build: BuildDeps;
  readonly underWay: StepsUnderWay;
  /** Undefined: every host builds what it needs. */
  readonly exchange: Pick<ImageExchange, 'take' | 'offerAll'> | undefined;
  readonly bridgeTraffic: BridgeTrafficWatch;
  /** Opens the workspaces' credentials for registries. */
  readonly keyRing: Pick<KeyRing, 'open'>;
  /** Of one step in a row, before the build fails. */
  readonly stepTries: number;
}

export type BuildHostActivities = ReturnType<typeof createBuildHostActivities>;
export type BuildCleanActivities = ReturnType<typeof createBuildCleanActivities>;

/** What a daemon answers that trying again cannot mend. */
const PERMANENT = ['image_missing', 'rejected'] as const;

/** Steps that read from registries: no other one has a workspace's credentials. */
const READS_REGISTRIES: ReadonlySet<BuildStep> = new Set(['validate', 'pull-base', 'install-features']);

/** What is known of a build when a step of it is taken: what the steps before left. */
interface StepCall {
  readonly target: BuildTarget;
  readonly row: BuildRow;
  readonly base: { readonly imageId: string };
  readonly features: readonly ResolvedFeature[];
  readonly run: BuildRun;
}

/** How a step ended: with what it leaves for the next, or with what leads elsewhere. */
type StepEnd =
  | (StepResult & { readonly kind?: never })
  | Extract<BuildVerdict, { kind: 'completed' }>
  /** The image is here and was not built here. */
  | { readonly kind: 'taken'; readonly imageId: string; readonly sizeBytes: number }
  /** The image that was taken has been removed since. */
  | { readonly kind: 'gone' };

type StepWork = (call: StepCall) => Promise<StepEnd>;

/**
 * The steps of a build on its Docker host, each told to the row before and after. A worker that is killed in a step
 * leaves what runs there running, and the next try follows it. What cannot be mended ends the build here, with its
 * reason in the row; a failure that may pass is left to Temporal to try again, and counted.
 */
export function createBuildHostActivities(deps: BuildHostDeps) {
  const { build } = deps;
  return {
    validateBuild: (address: WorkflowAddress) =>
      takeStep(deps, address, 'validate', async ({ target, run }) => {
        // What another host has built is had from there, and nothing of it is built.
        const taken = await deps.exchange?.take(target, run);
        if (taken != null) return { kind: 'taken', ...taken };
        return { resolved_features: await validateBuild(build, target, run) };
      }),

    pullBase: (address: WorkflowAddress) =>
      takeStep(deps, address, 'pull-base', async ({ target, run }) => ({
        base_image_id: (await pullBase(build, target, run)).imageId,
      })),

    installFeatures: (address: WorkflowAddress) =>
      takeStep(deps, address, 'install-features', async ({ target, base, features, run }) => {
        await installFeatures(build, target, base, features, run);
        return {};
      }),

    installMise: (address: WorkflowAddress) =>
      takeStep(deps, address, 'install-mise', async ({ target, base, features, run }) => ({
        mise_env: (await installMise(build, target, base, features, run)).env,
      })),

    snapshotBuild: (address: WorkflowAddress) =>
      takeStep(deps, address, 'snapshot', async ({ target, base, features, row, run }) => {
        const { imageId, sizeBytes } = await snapshotBuild(build, target, base, features, row.mise_env ?? {}, run);
        return { image_id: imageId, size_bytes: sizeBytes };
      }),

    /** The last one: with its end the build is completed, and all who follow it have their image. */
    tagBuild: (address: WorkflowAddress) =>
      takeStep(deps, address, 'tag', async ({ target, row }) => {
        if (row.source === 'registry' && (await build.docker.inspectImage(row.image_id!)) === undefined) {
          return { kind: 'gone' };
        }
        const { tag } = await tagBuild(build, target, row.image_id!);
        return { kind: 'completed', imageId: row.image_id!, sizeBytes: row.size_bytes!, tag };
      }),
  };
}

/** What removes what a build left, once it is over. */
export function createBuildCleanActivities(deps: BuildHostDeps) {
  return {
    /** Removes the build's container, and its images unless it was completed; then its workflow may close. */
    cleanBuild: (address: WorkflowAddress): Promise<void> =>
      whileHeartbeating(async () => {
        const row = await readBuildToClean(deps.db, address);
        if (row === null) return;
        await deps.underWay.stop(row.id);
        await deps.bridgeTraffic.collect();
        if (row.status !== 'completed') await removeNames(deps.build, row.id);
        await removeBuildLeftovers(deps.build, row.id);
        await closeBuild(deps.db, row.id);
        // Not waited for: crews have their image, and a registry that is away is no business of this build.
        void deps.exchange?.offerAll();
      }),
  };
}

/** Names of an image whose build was given up after it had them, and before anybody was told. */
async function removeNames({ docker }: Pick<BuildDeps, 'docker'>, buildId: string): Promise<void> {
  for (const { tags } of await docker.listImages({ [BUILD_LABEL.build]: buildId })) {
    for (const tag of tags) await docker.removeImage(tag);
  }
}

/** Jobs that follow a build would be stalled after a minute without a sign of life. */
const BEAT_MS = 20_000;

async function takeStep(deps: BuildHostDeps, address: WorkflowAddress, step: BuildStep, work: StepWork): Promise<void> {
  const { cancellationSignal } = Context.current();
  await whileHeartbeating(async () => {
    const row = await beginBuildStep(deps.db, address, step);
    if (row === null) return;
    // A beat that could not be stored is made up for by the next one.
    const beating = setInterval(() => void beatBuildJobs(deps.db, row.id).catch(() => {}), BEAT_MS);
    try {
      await deps.underWay.run(row.id, cancellationSignal, (signal) =>
        workOn(deps, address, { step, row, signal }, work),
      );
    } finally {
      clearInterval(beating);
    }
  });
}

async function workOn(
  deps: BuildHostDeps,
  address: WorkflowAddress,
  { step, row, signal }: { step: BuildStep; row: BuildRow; signal: AbortSignal },
  work: StepWork,
): Promise<void> {
  // A step that is taken up again gives its lines again.
  const before = row.step === step ? [] : row.log_tail;
  const log = createBuildLog(before, (tail) => storeBuildOutput(deps, row.id, tail));
  const secrets: string[] = [];
  try {
    const credentials = READS_REGISTRIES.has(step)
      ? await openBuildCredentials({ ...deps, mirrors: deps.build.settings.mirrors }, row)
      : undefined;
    // A registry may repeat what it was asked with.
    for (const { username, password } of credentials?.values() ?? []) {
      secrets.push(password, Buffer.from(`${username}:${password}`, 'utf8').toString('base64'));
    }
    const result = await work({
      target: { buildId: row.id, configHash: row.config_hash, spec: row.spec },
      row,
      base: { imageId: row.base_image_id ?? '' },
      features: (row.resolved_features ?? []) as readonly ResolvedFeature[],
      run: {
        signal,
        onLog: (line) => log.add(secrets.length === 0 ? line : scrubText(line, secrets)),
        ...(credentials === undefined ? {} : { credentials }),
      },
    });
    await log.close();
    switch (result.kind) {
      case 'completed':
        await endBuild(deps.db, address, result);
        return;
      case 'taken':
        await skipToTag(deps.db, address, result);
        return;
      case 'gone':
        await unskip(deps.db, address);
        return;
      default:
        await finishBuildStep(deps.db, address, step, result);
    }
  } catch (error) {
    await log.close();
    if (signal.aborted) {
      // Otherwise only this try is over: the worker shuts down, or another one has the step.
      const isCancelled = Context.current().cancellationDetails?.cancelRequested === true;
      throw isCancelled ? new CancelledFailure('the build is not at this step any more') : error;
    }
    await recordFailure(deps, address, row.id, error, secrets);
  }
}

/** Rethrows what is to be tried again. */
async function recordFailure(
  deps: BuildHostDeps,
  address: WorkflowAddress,
  buildId: string,
  error: unknown,
  secrets: readonly string[],
): Promise<void> {
  const found = failureOf(error);
  const failure = { ...found, message: scrubText(found.message, secrets) };
  const shown = secrets.length === 0 ? error : new Error(scrubText(describe(error), secrets));
  if (failure.permanent) {
    await endBuild(deps.db, address, { kind: 'failed', code: failure.code, message: failure.message });
    return;
  }
  deps.log.warn({ err: shown, build: address.id, n: address.generation }, 'a step of a build failed');
  // What was killed there can't go on: the next container begins with nothing.
  if (failure.containerLost) await removeBuildLeftovers(deps.build, buildId);
  if (!(await recordStepFailure(deps.db, address, failure, deps.stepTries)) || failure.containerLost) return;
  throw shown;
}

/** What a daemon or registry said is in the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${String(error)} (${String(error.cause)})` : String(error);
}

function failureOf(error: unknown): { code: string; message: string; permanent: boolean; containerLost: boolean } {
  if (error instanceof BuildError) {
    const { code, message, retryable } = error;
    return { code, message, permanent: !retryable, containerLost: code === 'container_lost' };
  }
  if (error instanceof EgressFilterError) {
    return { code: error.code, message: error.message, permanent: true, containerLost: false };
  }
  if (isDockerError(error)) {
    const permanent = isDockerError(error, ...PERMANENT);
    return { code: `docker_${error.code}`, message: `Docker: ${error.message}`, permanent, containerLost: false };
  }
  return {
    code: 'unexpected',
    message: 'something unexpected; the log of the host’s worker has it',
    permanent: false,
    containerLost: false,
  };
}
