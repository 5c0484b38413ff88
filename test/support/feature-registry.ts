import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** host:port of the OCI registry that `npm test` starts. */
export const TEST_REGISTRY = process.env.CREWSHIP_TEST_REGISTRY ?? 'localhost:5000';
/** Why tests that need it cannot run here; undefined when they can. */
export const REGISTRY_MISSING = process.env.CREWSHIP_TEST_REGISTRY_MISSING;

/** The publisher whose features tests make, as configurations name it; the registry is asked in its place. */
export const TEST_PUBLISHER = 'ghcr.io/devcontainers/features';
export const TEST_MIRRORS = { 'ghcr.io': TEST_REGISTRY };
/** For processes that ask it in the publisher's place. */
export const MIRRORS_ENV = { CREWSHIP_REGISTRY_MIRRORS: `ghcr.io=${TEST_REGISTRY}` };

const CLI = path.resolve(import.meta.dirname, '../../node_modules/@devcontainers/cli/devcontainer.js');
const PUBLISH_TIMEOUT_MS = 60_000;

export interface TestFeature {
  /** Of `devcontainer-feature.json`, besides id and version. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** `install.sh`, a script of sh, run with errexit. */
  readonly install: string;
  readonly version?: string;
}

/** Publishes features, each by its name, as their authors do: with the devcontainers CLI. */
export async function publishFeatures(
  features: Readonly<Record<string, TestFeature>>,
  registry = TEST_REGISTRY,
): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-features-'));
  try {
    for (const [id, { metadata, install, version = '1.0.0' }] of Object.entries(features)) {
      const folder = path.join(directory, 'src', id);
      await mkdir(folder, { recursive: true });
      const json = JSON.stringify({ id, version, name: id, ...metadata });
      await writeFile(path.join(folder, 'devcontainer-feature.json'), json);
      await writeFile(path.join(folder, 'install.sh'), `#!/bin/sh\nset -e\n${install}\n`, { mode: 0o755 });
    }
    await promisify(execFile)(
      process.execPath,
      [CLI, 'features', 'publish', '-r', registry, '-n', 'devcontainers/features', path.join(directory, 'src')],
      { timeout: PUBLISH_TIMEOUT_MS },
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The feature that every build begins with: the agent's user, and nothing that takes time. */
export const COMMON_UTILS: TestFeature = {
  version: '2.5.0',
  metadata: {
    options: {
      username: { type: 'string', default: 'automatic' },
      userUid: { type: 'string', default: 'automatic' },
      userGid: { type: 'string', default: 'automatic' },
      installZsh: { type: 'boolean', default: true },
    },
  },
  install: `
    [ "$INSTALLZSH" = false ] || { echo "zsh is not ours"; exit 1; }
    groupadd --gid "$USERGID" "$USERNAME"
    useradd --uid "$USERUID" --gid "$USERGID" --create-home --shell /bin/sh "$USERNAME"`,
};
