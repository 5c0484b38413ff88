import type { BuildSpec } from '../../domain/crews/provisioning/build-spec.ts';
import { mirroredHost, parseOciReference, type RegistryMirrors } from '../oci/oci-reference.ts';

/**
 * The hosts that are asked for what a build reads: mirrors in place of the registries that they stand for. Features
 * depend on features of the same publishers alone, so that nothing else is asked once a build is under way.
 */
export function registryHostsOf(
  spec: Pick<BuildSpec, 'baseImage' | 'features'>,
  mirrors: RegistryMirrors,
): readonly string[] {
  const references = [spec.baseImage, ...spec.features.map(({ ref }) => ref)].map(parseOciReference);
  return [...new Set(references.filter((found) => found !== null).map((found) => mirroredHost(found, mirrors)))].sort();
}
