import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { DockerClient } from '../../../../platform/docker/docker-client.ts';
import { writeFileAtomically } from '../../../../platform/host-files/write-file-atomically.ts';
import type { ProcessIdentity } from '../../../crews/containers/bind-sources.ts';
import { type CrewHostDirs, checkedId, crewPaths } from '../../../crews/containers/crew-host-paths.ts';
import { AGENT_OPEN_FILES } from '../../../crews/containers/host-limits.ts';
import type { AttemptGroups, EndedGroup } from '../groups/attempt-groups.ts';
import type { LimitHits } from '../groups/groups-program.ts';
import type { ExecPrograms } from './exec-programs.ts';

/** Added to a supervisor’s process id, it is the group that may enter the attempt’s directory. */
const FIRST_GROUP = 200_000;
const END_LIMIT_MS = 10_000;
const SUPERVISOR_PREFIX = '/opt/crewship/runtime/supervisor-';

export interface AttemptDeps {
  readonly docker: DockerClient;
  readonly dirs: CrewHostDirs;
  readonly programs: ExecPrograms;
  readonly groups: AttemptGroups;
  readonly identity: ProcessIdentity;
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
  /** The supervisor drops what the command writes beyond. */
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

function inputPath(deps: Pick<AttemptDeps, 'dirs'>, { crewId, attemptId }: AttemptRef): string {
  return path.join(crewPaths(deps.dirs, crewId).inputs, `${checkedId(attemptId)}.input`);
}

/**
 * Creates the exec and does not start it, so that its id can be committed first. Rejects with DockerError `not_found`
 * or `not_running` when the container is gone or stopped.
 */
export async function createAttemptExec(
  deps: Pick<AttemptDeps, 'docker' | 'programs' | 'identity'>,
  exec: AttemptExec,
): Promise<{ execId: string }> {
  if (exec.command.length === 0) throw new TypeError('the command is empty');
  const attemptId = checkedId(exec.attemptId);
  const { uid, gid } = deps.identity;
  const execId = await deps.docker.createExec({
    containerId: exec.containerId,
    argv: [
      `/opt/crewship/runtime/${deps.programs.supervisor}`,
      'run',
      attemptId,
      String(exec.outputLimitBytes),
      String(AGENT_OPEN_FILES),
      String(FIRST_GROUP),
      // A process that is not root has no other way to what the agent leaves there.
      uid === 0 ? '770' : '775',
      ...exec.command,
    ],
    // Its records are this process’s to read.
    user: `0:${gid}`,
    env: { ...exec.env, CREWSHIP_ATTEMPT_ID: attemptId, CREWSHIP_RUN_DIR: `/runs/${attemptId}` },
    workingDir: exec.workingDir ?? '/workspace',
  });
  return { execId };
}

/** The attempt that an exec runs, by the command it was created with; null for any other exec. */
export function attemptOfExec(argv: readonly string[]): string | null {
  const [program = '', action, attemptId] = argv;
  return program.startsWith(SUPERVISOR_PREFIX) && action === 'run' ? (attemptId ?? null) : null;
}

/**
 * Starts a created exec in the attempt's group; the daemon starts one at most once, and its command begins in the group
 * and not before, so calling again after a crash is safe (`already`). `hits`: of limits that the group shares with its
 * container. Rejects with DockerError `not_found` when the container was restarted in between: the attempt never ran.
 */
export async function startAttempt(
  deps: Pick<AttemptDeps, 'docker' | 'groups'>,
  attempt: { containerId: string; attemptId: string; execId: string },
): Promise<{ start: 'started' | 'already'; hits: LimitHits | undefined }> {
  const start = await deps.docker.startExecDetached(attempt.execId);
  const { containerId, attemptId, execId } = attempt;
  const entered = await deps.groups.enter({ containerId, attemptId, isNew: start === 'started' });
  if (entered.found) return { start, hits: entered.hits };
  const state = await deps.docker.inspectExec(execId);
  if (state?.running !== true || state.pid === 0) return { start, hits: entered.hits };
  const { hits } = await deps.groups.enter({ containerId, attemptId, supervisor: state.pid });
  return { start, hits };
}

/**
 * Ends every process of the attempt: SIGTERM, then after the grace SIGKILL, until its group is empty. `left`: what
 * could not be ended; removing the container is what remains. A container that is gone or stopped has nothing left. The
 * exec's end is still to be followed to know the outcome.
 */
export async function endAttempt(
  deps: Pick<AttemptDeps, 'groups'>,
  attempt: { containerId: string; attemptId: string; graceMs: number },
): Promise<EndedGroup> {
  const { containerId, graceMs } = attempt;
  return deps.groups.end({ containerId, attemptId: checkedId(attempt.attemptId), graceMs, limitMs: END_LIMIT_MS });
}
