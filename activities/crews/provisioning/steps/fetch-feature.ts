import { parseOciReference } from '../../../../platform/oci/oci-reference.ts';
import { OciError } from '../../../../platform/oci/oci-error.ts';
import { ArchiveError, type ArchiveEntry, readArchive } from '../../../../platform/oci/tar-archive.ts';
import { type BuildDeps, BuildError, type BuildRun } from './build-types.ts';
import { registryDenied } from './registry-denied.ts';

const LAYER_TYPE = 'application/vnd.devcontainers.layer.v1+tar';

export interface FetchedFeature {
  /** Of its manifest. */
  readonly digest: string;
  /** The feature’s `devcontainer-feature.json`, parsed. */
  readonly metadata: unknown;
  readonly files: readonly ArchiveEntry[];
}

/**
 * Reads a feature from its registry, or from the mirror of that, into memory; nothing of it is written on this host.
 * Rejects with BuildError that names it, and who wanted it.
 */
export async function fetchFeature(
  deps: Pick<BuildDeps, 'registry'>,
  ref: string,
  run: Pick<BuildRun, 'signal' | 'credentials'>,
  wantedBy: string | null = null,
): Promise<FetchedFeature> {
  const named = wantedBy === null ? `feature ${ref}` : `feature ${ref}, which ${wantedBy} depends on,`;
  const reference = parseOciReference(ref);
  if (reference === null) throw new BuildError('invalid_config', `${named} is no reference`);
  try {
    const { digest, manifest } = await deps.registry.readManifest(reference, run);
    const layer = manifest.layers.find(({ mediaType }) => mediaType === LAYER_TYPE) ?? manifest.layers[0];
    if (layer === undefined) throw new BuildError('invalid_feature', `${named} has no layer`);
    const files = await readArchive(await deps.registry.readBlob(reference, layer, run));
    return { digest, metadata: metadataOf(files, named), files };
  } catch (error) {
    if (error instanceof OciError) throw ociFailure(error, named);
    if (error instanceof ArchiveError)
      throw new BuildError('invalid_feature', `${named} ${error.message}`, { cause: error });
    throw error;
  }
}

function metadataOf(files: readonly ArchiveEntry[], named: string): unknown {
  const file = files.find(({ path }) => path === 'devcontainer-feature.json');
  if (file?.kind !== 'file' || !files.some(({ path, kind }) => path === 'install.sh' && kind === 'file')) {
    throw new BuildError('invalid_feature', `${named} lacks devcontainer-feature.json or install.sh`);
  }
  try {
    return JSON.parse(file.content.toString('utf8')) as unknown;
  } catch (cause) {
    throw new BuildError('invalid_feature', `${named} has a devcontainer-feature.json that is no JSON`, { cause });
  }
}

function ociFailure(error: OciError, named: string): BuildError {
  const cause = { cause: error };
  switch (error.code) {
    case 'not_found':
      return new BuildError('feature_not_found', `${named} was not found`, cause);
    case 'denied':
      return registryDenied(error.host, named, cause);
    case 'unavailable':
      return new BuildError('registry_unavailable', `the registry of ${named} does not answer`, cause);
    case 'wrong_digest':
      return new BuildError('invalid_feature', `${named} is not what its digest says`, cause);
    case 'too_large':
      return new BuildError('invalid_feature', `${named} is too large`, cause);
    case 'not_understood':
      return new BuildError('invalid_feature', `${named} is no artifact that can be read`, cause);
  }
}
