import type { Env } from '../../../../domain/crews/provisioning/build-env.ts';
import { AGENT_UID } from '../../containers/crew-host-paths.ts';
import { BUILD_DIR, BUILD_PATHS, buildOnlyEnv, requireBuildContainer, TRUST_ENV } from './build-container.ts';
import { type BuildDeps, BuildError, type BuildRun, type BuildTarget, type ResolvedFeature } from './build-types.ts';
import { baseEnv, featuresEnv } from './install-features.ts';
import { MISE_TOOLS_DIR } from './mise-files.ts';
import { runStep } from './run-step.ts';

const ENV_TIMEOUT_MS = 60_000;
const ENV_LIMIT_BYTES = 262_144;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Where tools go, and where mise keeps what it needs only while it installs. */
const MISE_ENV: Env = {
  HOME: BUILD_PATHS.miseHome,
  MISE_YES: '1',
  MISE_DATA_DIR: MISE_TOOLS_DIR,
  MISE_CARGO_HOME: `${MISE_TOOLS_DIR}/cargo`,
  MISE_RUSTUP_HOME: `${MISE_TOOLS_DIR}/rustup`,
  UV_PYTHON_INSTALL_DIR: `${MISE_TOOLS_DIR}/uv-python`,
  MISE_CACHE_DIR: `${BUILD_PATHS.miseHome}/cache`,
  MISE_STATE_DIR: `${BUILD_PATHS.miseHome}/state`,
  MISE_CONFIG_DIR: `${BUILD_PATHS.miseHome}/config`,
  MISE_GLOBAL_CONFIG_FILE: BUILD_PATHS.miseFile,
};

/**
 * Installs the pinned tools as the agent's user, and resolves with the variables that make them usable without mise:
 * `PATH` and what tools need besides. Nothing pinned: nothing is done. Rejects with BuildError `mise_failed`, or
 * `container_lost` when the features must be installed again.
 */
export async function installMise(
  deps: BuildDeps,
  target: BuildTarget,
  base: { imageId: string },
  features: readonly ResolvedFeature[],
  run: BuildRun,
): Promise<{ env: Record<string, string> }> {
  const { mise } = target.spec;
  if (Object.keys(mise.tools).length === 0) return { env: {} };
  const container = await requireBuildContainer(deps, target.buildId);
  const before = featuresEnv(await baseEnv(deps, base.imageId), features);
  // mise is a program of ours, with no authorities of its own: minimal images have none either.
  const env = {
    ...before,
    ...mise.env,
    ...deps.settings.miseEnv,
    ...buildOnlyEnv(deps.settings),
    ...TRUST_ENV,
    ...MISE_ENV,
  };
  const command = { containerId: container.id, env, workingDir: BUILD_PATHS.miseHome };
  const exitCode = await runStep(
    deps.docker,
    { ...command, name: 'mise', argv: [BUILD_PATHS.mise, 'install'], user: 'agent' },
    run,
  );
  if (exitCode !== 0) throw new BuildError('mise_failed', `mise failed with exit code ${exitCode}`);
  const found = await deps.docker.runExec(
    { ...command, argv: [BUILD_PATHS.mise, 'env', '--json'], user: `${AGENT_UID}:${AGENT_UID}` },
    { timeoutMs: ENV_TIMEOUT_MS, limitBytes: ENV_LIMIT_BYTES },
  );
  if (found.exitCode !== 0) throw new BuildError('mise_failed', 'mise does not say how its tools are found');
  return { env: readToolEnv(found.stdout) };
}

/** mise's own settings and whatever names the build's volume are of no use later. */
function readToolEnv(text: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BuildError('mise_failed', 'mise does not say how its tools are found', { cause });
  }
  const entries = Object.entries((value ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    entries.filter(
      (entry): entry is [string, string] =>
        NAME.test(entry[0]) &&
        !/^_*MISE_/.test(entry[0]) &&
        typeof entry[1] === 'string' &&
        !entry[1].includes(`${BUILD_DIR}/`) &&
        !entry[1].includes('\0'),
    ),
  );
}
