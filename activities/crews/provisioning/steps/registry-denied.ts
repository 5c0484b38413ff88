import { BuildError, type BuildRun } from './build-types.ts';

/** A registry that does not let us read something. It is named, so that people know which credential is missing. */
export function registryDenied(
  host: string,
  what: string,
  { credentials }: Pick<BuildRun, 'credentials'>,
  cause: unknown,
): BuildError {
  const why =
    credentials?.has(host) === true
      ? 'the workspace’s credential is refused, or it is not there'
      : 'it may not be read without a credential, or it is not there';
  return new BuildError('registry_denied', `registry ${host} does not give ${what}: ${why}`, { cause });
}
