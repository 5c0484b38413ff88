import { createHash } from 'node:crypto';
import type { HookProgram } from '../../../../domain/crews/provisioning/lifecycle-command.ts';
import { DockerError, isDockerError } from '../../../../platform/docker/docker-error.ts';
import type { DockerEvents } from '../../../../platform/docker/docker-events.ts';
import {
  type AttemptDeps,
  attemptOfExec,
  createAttemptExec,
  discardAttemptInput,
  endAttempt,
  prepareAttempt,
  startAttempt,
} from '../../../work/runs/exec/attempt-exec.ts';
import { type AttemptEvent, followAttempt } from '../../../work/runs/exec/follow-attempt.ts';

/** A minute: docs/contracts/provisioning.md, Image. */
const HOOK_LIMIT_MS = 60_000;
const OUTPUT_LIMIT_BYTES = 262_144;
const CANCEL_GRACE_MS = 1_000;
const PROBE_TIMEOUT_MS = 10_000;
const AGENT_USER = '1001:1001';
const HOOK_PREFIX = 'hook-';

export interface ContainerStart {
  readonly crewId: string;
  readonly containerId: string;
  /** The daemon's time of the start: hooks run once for each. */
  readonly startedAt: string;
  readonly programs: readonly HookProgram[];
  readonly env: Readonly<Record<string, string>>;
}

export interface HookFailure {
  /** Names this run of the hook, and its directory below the crew's `runs`, where its output is. */
  readonly hookId: string;
  /** Among named ones; '' alone. */
  readonly name: string;
  /** `lost`: it went with something of its container, and nobody saw its end. */
  readonly reason: 'failed' | 'timeout' | 'lost';
  readonly exitCode: number | null;
}

/**
 * Runs the post-start hooks of a container, one after the other, as an agent in a login shell, a minute each. They run
 * as attempts do, so whoever calls again for the same start follows what runs and passes by what has ended. A hook that
 * fails is told and the next one runs. `limitMs` counts from the call that follows.
 *
 * Rejects with DockerError `not_ready` when the container stopped meanwhile; start it and call again.
 */
export async function runPostStart(
  deps: AttemptDeps & { events: DockerEvents },
  start: ContainerStart,
  onFailure: (failure: HookFailure) => Promise<void>,
  limitMs = HOOK_LIMIT_MS,
): Promise<void> {
  const { crewId, containerId } = start;
  const digest = createHash('sha256').update(`${containerId} ${start.startedAt}`).digest('hex').slice(0, 32);
  for (const [index, program] of start.programs.entries()) {
    const hookId = `${HOOK_PREFIX}${digest}-${index}`;
    const outcome = await runHook(hookId, program);
    await discardAttemptInput(deps, { crewId, attemptId: hookId });
    if (outcome !== null) await onFailure({ hookId, name: program.name, ...outcome });
  }

  async function runHook(
    hookId: string,
    program: HookProgram,
  ): Promise<Pick<HookFailure, 'reason' | 'exitCode'> | null> {
    const limit = AbortSignal.timeout(limitMs);
    try {
      let end = await follow(hookId, (await findExec(hookId)) ?? (await createExec(hookId, program)), limit);
      // Another worker's exec has it, or had it.
      const other = end.outcome === 'refused' ? await findExec(hookId, { running: true }) : undefined;
      if (other !== undefined) end = await follow(hookId, other, limit);
      if (end.outcome === 'lost') {
        if (!(await stillUp())) throw new DockerError('not_ready', 'run post-start hooks');
        return { reason: 'lost', exitCode: null };
      }
      return end.outcome === 'exited' && end.exitCode !== 0 ? { reason: 'failed', exitCode: end.exitCode } : null;
    } catch (error) {
      if (!limit.aborted) throw error;
      await endAttempt(deps, { containerId, attemptId: hookId, graceMs: CANCEL_GRACE_MS });
      return { reason: 'timeout', exitCode: null };
    }
  }

  /** Asked of the container itself: its execs end before the daemon says that it does. */
  async function stillUp(): Promise<boolean> {
    const state = await deps.docker.inspectContainer(containerId);
    if (state?.running !== true || state.startedAt !== start.startedAt) return false;
    try {
      const probe = { containerId, argv: ['/bin/sh', '-c', ':'], user: AGENT_USER } as const;
      return (await deps.docker.runExec(probe, { timeoutMs: PROBE_TIMEOUT_MS })).exitCode === 0;
    } catch (error) {
      if (isDockerError(error, 'unavailable')) throw error;
      return false;
    }
  }

  async function createExec(hookId: string, program: HookProgram): Promise<string> {
    await prepareAttempt(deps, { crewId, attemptId: hookId, input: '' });
    const command = inLoginShell(program.argv);
    const exec = { containerId, attemptId: hookId, command, env: start.env, outputLimitBytes: OUTPUT_LIMIT_BYTES };
    return (await createAttemptExec(deps, exec)).execId;
  }

  /** An exec of this hook that the daemon still knows, started or not. */
  async function findExec(hookId: string, having: { running?: boolean } = {}): Promise<string | undefined> {
    const execIds = (await deps.docker.inspectContainer(containerId))?.execIds ?? [];
    for (const execId of execIds) {
      const state = await deps.docker.inspectExec(execId);
      if (state === undefined || attemptOfExec(state.argv) !== hookId) continue;
      if (having.running !== true || state.running) return execId;
    }
    return undefined;
  }

  async function follow(
    hookId: string,
    execId: string,
    signal: AbortSignal,
  ): Promise<Extract<AttemptEvent, { kind: 'end' }>> {
    await startAttempt(deps, { containerId, attemptId: hookId, execId });
    const attempt = { crewId, attemptId: hookId, execId, fromOffset: 0, outputLimitBytes: OUTPUT_LIMIT_BYTES, signal };
    for await (const event of followAttempt(deps, attempt)) if (event.kind === 'end') return event;
    throw new DockerError('not_ready', 'run post-start hooks');
  }
}

/** Whether this is the id of a hook's run, which no row of an attempt has. */
export function isHookId(attemptId: string): boolean {
  return attemptId.startsWith(HOOK_PREFIX);
}

/**
 * A profile may set PATH anew; what the container has comes first all the same. A line ends with its first command that
 * fails.
 */
function inLoginShell(argv: readonly string[]): readonly string[] {
  const [shell, option, line, ...more] = argv;
  const isLine = shell === '/bin/sh' && option === '-c' && line !== undefined && more.length === 0;
  const script = 'path=$1; shift; PATH=$path:$PATH; export PATH; exec "$@"';
  const program = isLine ? [shell, '-ec', line] : argv;
  return ['/bin/sh', '-c', 'exec /bin/sh -lc "$0" sh "$PATH" "$@"', script, ...program];
}
