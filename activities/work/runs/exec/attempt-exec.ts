import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { DockerClient } from '../../../../platform/docker/docker-client.ts';
import { writeFileAtomically } from '../../../../platform/host-files/write-file-atomically.ts';
import { type CrewHostDirs, checkedId, crewPaths } from '../../../crews/containers/crew-host-paths.ts';
import { AGENT_OPEN_FILES } from '../../../crews/containers/host-limits.ts';
import type { ExecScripts } from './exec-scripts.ts';

const AGENT_USER = '1001:1001';
const BLOCK_BYTES = 512;
const CANCEL_OVERHEAD_MS = 20_000;
const WRAPPER_PREFIX = '/opt/crewship/runtime/wrapper-';

export interface AttemptDeps {
  docker: DockerClient;
  dirs: CrewHostDirs;
  scripts: ExecScripts;
}

export interface AttemptRef {
  crewId: string;
  attemptId: string;
}

export interface AttemptExec {
  containerId: string;
  attemptId: string;
  /** The agent's command; no shell. Visible to all of the crew: never a secret. */
  command: readonly string[];
  /** Ids and the run's token. The attempt's own id is added here. */
  env: Readonly<Record<string, string>>;
  /** Default /workspace. */
  workingDir?: string;
  /** The wrapper drops what the command writes beyond; rounded down to 512 bytes. */
  outputLimitBytes: number;
}

/**
 * Writes the attempt's input: a file of the host's that agents can read but not change, and that becomes the standard
 * input of the command. Thus a start needs no attached stream, and no worker's death can cut the input short.
 * Idempotent; call before {@link createAttemptExec}.
 */
export async function prepareAttempt(
  deps: Pick<AttemptDeps, 'dirs'>,
  attempt: AttemptRef & { input: string },
): Promise<void> {
  await writeFileAtomically(inputPath(deps, attempt), attempt.input, 0o644);
}

/** Removes the attempt's input once it has ended. Idempotent. */
export async function discardAttemptInput(deps: Pick<AttemptDeps, 'dirs'>, attempt: AttemptRef): Promise<void> {
  await rm(inputPath(deps, attempt), { force: true });
}

/** The limit that is really kept: the wrapper's is in whole blocks. */
export function wholeBlocks(outputLimitBytes: number): number {
  return Math.max(1, Math.floor(outputLimitBytes / BLOCK_BYTES)) * BLOCK_BYTES;
}

function inputPath(deps: Pick<AttemptDeps, 'dirs'>, { crewId, attemptId }: AttemptRef): string {
  return path.join(crewPaths(deps.dirs, crewId).inputs, `${checkedId(attemptId)}.input`);
}

/**
 * Creates the exec and does not start it, so that its id can be committed first. Rejects with DockerError `not_found`
 * or `not_running` when the container is gone or stopped.
 */
export async function createAttemptExec(
  deps: Pick<AttemptDeps, 'docker' | 'scripts'>,
  exec: AttemptExec,
): Promise<{ execId: string }> {
  if (exec.command.length === 0) throw new TypeError('the command is empty');
  const attemptId = checkedId(exec.attemptId);
  const blocks = wholeBlocks(exec.outputLimitBytes) / BLOCK_BYTES;
  const execId = await deps.docker.createExec({
    containerId: exec.containerId,
    argv: [
      '/bin/sh',
      `/opt/crewship/runtime/${deps.scripts.wrapper}`,
      attemptId,
      String(blocks),
      String(AGENT_OPEN_FILES),
      ...exec.command,
    ],
    user: AGENT_USER,
    env: { ...exec.env, CREWSHIP_ATTEMPT_ID: attemptId, CREWSHIP_RUN_DIR: `/runs/${attemptId}` },
    workingDir: exec.workingDir ?? '/workspace',
  });
  return { execId };
}

/** The attempt that an exec runs, by the command it was created with; null for any other exec. */
export function attemptOfExec(argv: readonly string[]): string | null {
  const [shell, script = '', attemptId] = argv;
  return shell === '/bin/sh' && script.startsWith(WRAPPER_PREFIX) ? (attemptId ?? null) : null;
}

/**
 * Starts a created exec; the daemon starts one at most once, so calling again after a crash is safe (`already`).
 * Rejects with DockerError `not_found` when the container was restarted in between: the attempt never ran.
 */
export async function startAttemptExec(
  deps: Pick<AttemptDeps, 'docker'>,
  { execId }: { execId: string },
): Promise<'started' | 'already'> {
  return deps.docker.startExecDetached(execId);
}

/**
 * Ends every process of the attempt: SIGTERM, then after the grace SIGKILL, until two scans in a row find none.
 * `remaining` above 0 means that something could not be ended; removing the container is what is left. A container
 * that is gone or stopped has none remaining. The exec's end is still to be followed to know the outcome.
 */
export async function cancelAttempt(
  deps: Pick<AttemptDeps, 'docker' | 'scripts'>,
  attempt: { containerId: string; attemptId: string; graceMs: number },
): Promise<{ remaining: number }> {
  const state = await deps.docker.inspectContainer(attempt.containerId);
  if (!state?.running) return { remaining: 0 };
  const result = await deps.docker.runExec(
    {
      containerId: attempt.containerId,
      argv: [
        '/bin/sh',
        `/opt/crewship/runtime/${deps.scripts.cancel}`,
        checkedId(attempt.attemptId),
        String(attempt.graceMs),
      ],
      user: AGENT_USER,
      workingDir: '/',
    },
    { timeoutMs: attempt.graceMs + CANCEL_OVERHEAD_MS, limitBytes: 64 },
  );
  const remaining = Number.parseInt(result.stdout, 10);
  // No number: the script itself did not run to its end, so nothing is known to be gone.
  return { remaining: result.exitCode === 0 && remaining >= 0 ? remaining : 1 };
}
