import { createHash } from 'node:crypto';
import { type BuildSpec, canonicalBuildSpec } from '../../domain/crews/provisioning/build-spec.ts';

/**
 * SHA-256 of what decides an image: 64 hex characters, its identity (docs/contracts/provisioning.md, Image). `scope`:
 * the workspace's id where its registry credentials are used, else null.
 */
export function configHash(spec: BuildSpec, scope: string | null): string {
  return createHash('sha256').update(canonicalBuildSpec(spec, scope)).digest('hex');
}
