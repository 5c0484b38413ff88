import { type Env, optionEnv, imageEnv, withFeatureEnv } from '../../../../domain/crews/provisioning/build-env.ts';
import type { ArchiveEntry } from '../../../../platform/oci/tar-archive.ts';
import { BUILD_PATHS, buildOnlyEnv, ensureBuildContainer } from './build-container.ts';
import { type BuildDeps, BuildError, type BuildRun, type BuildTarget, type ResolvedFeature } from './build-types.ts';
import { fetchFeature } from './fetch-feature.ts';
import { miseFiles } from './mise-files.ts';
import { removeBuildContainers } from './remove-build-leftovers.ts';
import { runStep } from './run-step.ts';

const ATTEMPTS = 2;
/** The user of crews' containers, whom the first feature makes. */
const USER_ENV: Env = {
  _REMOTE_USER: 'agent',
  _REMOTE_USER_HOME: '/home/agent',
  _CONTAINER_USER: 'agent',
  _CONTAINER_USER_HOME: '/home/agent',
};

/**
 * Installs the features, in the order given, in the build's container, which is made from the base image where there is
 * none. What was installed before is not installed again; where an installation was killed half-way, the container is
 * thrown away and everything begins again, once. Rejects with BuildError `feature_failed`, naming the feature.
 */
export async function installFeatures(
  deps: BuildDeps,
  target: BuildTarget,
  base: { imageId: string },
  features: readonly ResolvedFeature[],
  run: BuildRun,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await installAll(deps, target, base, features, run);
      return;
    } catch (error) {
      if (!(error instanceof BuildError && error.code === 'container_lost') || attempt === ATTEMPTS) throw error;
      run.onLog('the build’s container was lost; it is made anew');
      await removeBuildContainers(deps, target.buildId);
    }
  }
}

async function installAll(
  deps: BuildDeps,
  target: BuildTarget,
  base: { imageId: string },
  features: readonly ResolvedFeature[],
  run: BuildRun,
): Promise<void> {
  const container = await ensureBuildContainer(deps, target, base.imageId, async () => [
    ...miseFiles(target),
    ...(await Promise.all(features.map((feature, index) => featureFiles(deps, feature, index, run)))).flat(),
  ]);
  let env = await baseEnv(deps, base.imageId);
  for (const [index, feature] of features.entries()) {
    const { ref, metadata, options } = feature;
    run.onLog(`feature ${ref} (${index + 1} of ${features.length})`);
    for (const asked of metadata.ignored) run.onLog(`feature ${ref} asks for ${asked}: ignored`);
    env = withFeatureEnv(env, metadata.containerEnv);
    const exitCode = await runStep(
      deps.docker,
      {
        containerId: container.id,
        name: `feature-${placeOf(index)}`,
        argv: ['./install.sh'],
        env: { ...env, ...optionEnv(metadata.defaults, options), ...buildOnlyEnv(deps.settings), ...USER_ENV },
        user: 'root',
        workingDir: `${BUILD_PATHS.features}/${placeOf(index)}`,
      },
      run,
    );
    if (exitCode !== 0) throw new BuildError('feature_failed', `feature ${ref} failed with exit code ${exitCode}`);
  }
}

/** A feature's files where its installer runs. */
async function featureFiles(
  deps: BuildDeps,
  { ref, digest }: ResolvedFeature,
  index: number,
  run: BuildRun,
): Promise<ArchiveEntry[]> {
  const { files } = await fetchFeature(deps, `${ref.split('@', 1)[0]!}@${digest}`, run);
  const directory = `${BUILD_PATHS.features}/${placeOf(index)}`.slice(1);
  return [
    { kind: 'directory', path: directory, mode: 0o755 },
    ...files.map((file) => ({
      ...file,
      path: `${directory}/${file.path}`,
      mode: file.path === 'install.sh' ? 0o755 : file.mode,
    })),
  ];
}

function placeOf(index: number): string {
  return String(index + 1).padStart(3, '0');
}

/** The variables of an image, those of its features among them, as what is installed after them sees them. */
export async function baseEnv(deps: Pick<BuildDeps, 'docker'>, imageId: string): Promise<Env> {
  const image = await deps.docker.inspectImage(imageId);
  if (image === undefined) throw new BuildError('image_not_found', 'the base image is gone from this host');
  return imageEnv(image.env);
}

/** What features add to the variables of their base image. */
export function featuresEnv(base: Env, features: readonly ResolvedFeature[]): Env {
  return features.reduce((env, { metadata }) => withFeatureEnv(env, metadata.containerEnv), base);
}
