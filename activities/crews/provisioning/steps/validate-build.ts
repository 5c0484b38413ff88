import { readFeatureMetadata, InvalidFeatureError } from '../../../../domain/crews/provisioning/feature-metadata.ts';
import {
  FeatureCycleError,
  type FeatureNode,
  featureKey,
  orderFeatures,
} from '../../../../domain/crews/provisioning/feature-order.ts';
import { featureReferenceProblem } from '../../../../domain/crews/provisioning/feature-reference.ts';
import type { FeatureOptions } from '../../../../domain/crews/provisioning/read-devcontainer-config.ts';
import { parseOciReference } from '../../../../platform/oci/oci-reference.ts';
import { type BuildDeps, BuildError, type BuildRun, type BuildTarget, type ResolvedFeature } from './build-types.ts';
import { fetchFeature } from './fetch-feature.ts';

const MAX_NODES = 100;

/**
 * The features of a build and all that they depend on, in the order of their installation, each as one digest. Rejects
 * with BuildError: what cannot be had is named, with the feature that wants it.
 */
export async function validateBuild(deps: BuildDeps, target: BuildTarget, run: BuildRun): Promise<ResolvedFeature[]> {
  const { spec } = target;
  if (parseOciReference(spec.baseImage) === null) {
    throw new BuildError('invalid_config', 'image is no image reference');
  }
  const { architecture } = await deps.docker.version();
  if (architecture !== spec.architecture) {
    throw new BuildError('wrong_architecture', `this host is ${architecture}, the build is for ${spec.architecture}`);
  }
  if (Object.keys(spec.mise.tools).length > 0 && deps.mise === undefined) {
    throw new BuildError('mise_missing', 'tools are pinned, and mise is not installed on this host');
  }
  const found = await resolveAll(deps, target, run);
  try {
    const nodes = [...found.values()];
    const ordered = orderFeatures(
      nodes.map(({ node }) => node),
      spec.featureOrder,
    );
    return ordered.map((node) => nodes.find((entry) => entry.node === node)!.feature);
  } catch (error) {
    if (error instanceof FeatureCycleError) throw new BuildError('feature_cycle', error.message, { cause: error });
    throw error;
  }
}

interface Found {
  readonly feature: ResolvedFeature;
  readonly node: FeatureNode;
}

/** Everything that is reached from the configured features, each once. */
async function resolveAll(deps: BuildDeps, target: BuildTarget, run: BuildRun): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();

  async function visit(ref: string, options: FeatureOptions, wantedBy: string | null): Promise<string> {
    const problem = featureReferenceProblem(ref);
    if (problem !== null) throw new BuildError('invalid_config', `feature ${ref} ${problem}`);
    const { digest, metadata: document } = await fetchFeature(deps, ref, run, wantedBy);
    const key = featureKey(digest, options);
    if (found.has(key)) return key;
    if (found.size >= MAX_NODES) throw new BuildError('invalid_config', `there are more than ${MAX_NODES} features`);
    const metadata = readOrRefuse(ref, document);
    const dependsOn: string[] = [];
    // Before its dependencies, so that a circle ends here; the order finds it out.
    found.set(key, {
      feature: { ref, digest, options, metadata },
      node: { ref, digest, options, metadata, dependsOn },
    });
    for (const dependency of metadata.dependsOn) dependsOn.push(await visit(dependency.ref, dependency.options, ref));
    return key;
  }

  for (const { ref, options } of target.spec.features) await visit(ref, options, null);
  return found;
}

function readOrRefuse(ref: string, document: unknown) {
  try {
    return readFeatureMetadata(document);
  } catch (error) {
    if (!(error instanceof InvalidFeatureError)) throw error;
    throw new BuildError('invalid_feature', `feature ${ref}: ${error.message}`, { cause: error });
  }
}
