import { type Env, envLines, imageEnv } from '../../../../domain/crews/provisioning/build-env.ts';
import type { ImageExtras } from '../../../../domain/crews/provisioning/image-extras.ts';
import { hookPrograms } from '../../../../domain/crews/provisioning/lifecycle-command.ts';
import { AGENT_UID } from '../../containers/crew-host-paths.ts';
import { buildOnlyEnv, requireBuildContainer } from './build-container.ts';
import {
  BUILD_LABEL,
  type BuildDeps,
  BuildError,
  type BuildRun,
  type BuildTarget,
  type ResolvedFeature,
} from './build-types.ts';
import { featuresEnv } from './install-features.ts';
import { runStep } from './run-step.ts';

const HOME = '/home/agent';

/**
 * Runs what features and then the configuration want run after the creation, as the agent, and makes the image of the
 * build's container. It has no name yet. Rejects with BuildError `post_create_failed`, or `container_lost` when the
 * features must be installed again.
 */
export async function snapshotBuild(
  deps: BuildDeps,
  target: BuildTarget,
  base: { imageId: string },
  features: readonly ResolvedFeature[],
  toolEnv: Env,
  run: BuildRun,
): Promise<{ imageId: string; sizeBytes: number }> {
  const labels = {
    [BUILD_LABEL.build]: target.buildId,
    [BUILD_LABEL.configHash]: target.configHash,
    [BUILD_LABEL.stack]: deps.settings.stackId,
  };
  const [made] = await deps.docker.listImages(labels);
  if (made !== undefined) return { imageId: made.id, sizeBytes: made.sizeBytes };
  const container = await requireBuildContainer(deps, target.buildId);
  const image = await deps.docker.inspectImage(base.imageId);
  if (image === undefined) throw new BuildError('image_not_found', 'the base image is gone from this host');
  const { mise, containerEnv } = target.spec;
  const env = { ...featuresEnv(imageEnv(image.env), features), ...toolEnv, ...mise.env, ...containerEnv };
  await runHooks(deps, target, { containerId: container.id, env, features }, run);
  run.onLog('making the image');
  const imageId = await deps.docker.commitContainer(container.id, {
    env: envLines(env),
    labels: {
      ...labels,
      // Of the container; images inherit it, and this is none of those that are removed for it.
      [BUILD_LABEL.temp]: '',
      [BUILD_LABEL.extras]: JSON.stringify(extrasOf(features)),
    },
    user: `${AGENT_UID}:${AGENT_UID}`,
    entrypoint: image.entrypoint,
    command: image.command,
  });
  const { sizeBytes } = (await deps.docker.inspectImage(imageId))!;
  return { imageId, sizeBytes };
}

async function runHooks(
  deps: BuildDeps,
  { spec }: BuildTarget,
  build: { containerId: string; env: Env; features: readonly ResolvedFeature[] },
  run: BuildRun,
): Promise<void> {
  const hooks = [
    ...build.features.flatMap(({ ref, metadata }) =>
      hookPrograms(metadata.postCreate).map(({ argv }) => ({ of: `of feature ${ref}`, argv })),
    ),
    ...hookPrograms(spec.postCreate).map(({ name, argv }) => ({ of: name === '' ? '' : `“${name}”`, argv })),
  ];
  for (const [index, { of, argv }] of hooks.entries()) {
    const named = `postCreateCommand ${of}`.trim();
    run.onLog(named);
    const exitCode = await runStep(
      deps.docker,
      {
        containerId: build.containerId,
        name: `hook-${String(index + 1).padStart(3, '0')}`,
        argv,
        env: { ...build.env, ...buildOnlyEnv(deps.settings), HOME },
        user: 'agent',
        workingDir: HOME,
      },
      run,
    );
    if (exitCode !== 0) throw new BuildError('post_create_failed', `${named} failed with exit code ${exitCode}`);
  }
}

function extrasOf(features: readonly ResolvedFeature[]): ImageExtras {
  return {
    features: features.map(({ ref, digest }) => ({ ref, digest })),
    postStart: features.flatMap(({ metadata }) => hookPrograms(metadata.postStart)),
    mounts: features.flatMap(({ metadata }) => metadata.mounts),
    capAdd: [...new Set(features.flatMap(({ metadata }) => metadata.capAdd))],
  };
}
