import type { DockerClient } from '../../../../platform/docker/docker-client.ts';
import { DockerError } from '../../../../platform/docker/docker-error.ts';
import type { DockerEvents } from '../../../../platform/docker/docker-events.ts';
import { type CrewHostDirs, checkedId } from '../../../crews/containers/crew-host-paths.ts';
import { wholeBlocks } from './attempt-exec.ts';
import { createRunDirectory } from './run-directory.ts';
import { createWakeSignal } from './wake-signal.ts';

const CHUNK_BYTES = 65_536;
/** Looks again although nothing was heard: a daemon's or kernel's dropped notification costs this much, not the run. */
const SAFETY_CHECK_MS = 10_000;
const WRAPPER_TAKEN = 73;

export type AttemptEvent =
  /** Raw bytes of the command's stdout and stderr, in order; `offset` counts bytes of the whole output. */
  | { kind: 'output'; offset: number; data: Buffer }
  | { kind: 'end'; outcome: 'exited'; exitCode: number; truncated: boolean }
  /** The process is gone and left no exit code: killed with its wrapper, or with its container. */
  | { kind: 'end'; outcome: 'lost'; truncated: boolean }
  /** Another exec holds this attempt's directory; this one ran nothing. */
  | { kind: 'end'; outcome: 'refused'; truncated: false };

export interface FollowedAttempt {
  crewId: string;
  attemptId: string;
  execId: string;
  /** 0, or the end of the last chunk that was stored. */
  fromOffset: number;
  /** The same limit that the exec was created with. */
  outputLimitBytes: number;
  /** Ends the iteration by rejecting with the signal's reason; the agent goes on and can be followed again. */
  signal: AbortSignal;
}

/**
 * Yields an attempt's output from an offset on and then its end. Needs no stream of the exec, so any process may follow
 * at any time, several at once, also after the end. Whether it lives is the daemon's word alone; the exit code is read
 * from the run directory once the daemon says that the exec is over.
 *
 * Rejects with DockerError: `not_running` for an exec that was never started, `unavailable` or `timeout` when the
 * daemon does not answer (follow again then).
 */
export async function* followAttempt(
  deps: { docker: Pick<DockerClient, 'inspectExec'>; events: DockerEvents; dirs: CrewHostDirs },
  attempt: FollowedAttempt,
): AsyncGenerator<AttemptEvent, void, undefined> {
  const { execId, signal } = attempt;
  const outputLimitBytes = wholeBlocks(attempt.outputLimitBytes);
  signal.throwIfAborted();
  const wake = createWakeSignal();
  // The first look is at the output alone, so that it is not held up by the daemon; the second one always asks.
  let askDaemon = false;
  let looks = 0;
  const run = createRunDirectory({
    crewsDir: deps.dirs.crewsDir,
    directory: `${checkedId(attempt.crewId)}/runs/${checkedId(attempt.attemptId)}`,
    outputLimitBytes,
    onChange: () => wake.notify(),
  });
  const suspect = () => {
    askDaemon = true;
    wake.notify();
  };
  const unsubscribe = deps.events.subscribe((event) => {
    if (event.kind === 'resync' || event.kind === 'die' || (event.kind === 'exec_die' && event.execId === execId))
      suspect();
  });
  const onAbort = () => wake.notify();
  const safety = setInterval(suspect, SAFETY_CHECK_MS);
  signal.addEventListener('abort', onAbort, { once: true });

  try {
    let offset = attempt.fromOffset;
    for (;;) {
      let ended: { refused: boolean } | undefined;
      if (askDaemon) {
        askDaemon = false;
        const state = await deps.docker.inspectExec(execId);
        if (state !== undefined && !state.running && state.exitCode === null) {
          throw new DockerError('not_running', 'follow attempt');
        }
        if (state === undefined || !state.running) ended = { refused: state?.exitCode === WRAPPER_TAKEN };
      }
      signal.throwIfAborted();
      if (ended?.refused) {
        yield { kind: 'end', outcome: 'refused', truncated: false };
        return;
      }
      await run.refresh();
      for (;;) {
        const data = await run.readOutput(offset, CHUNK_BYTES);
        if (data.length === 0) break;
        yield { kind: 'output', offset, data };
        offset += data.length;
        signal.throwIfAborted();
      }
      if (ended !== undefined) {
        const exitCode = await run.readExitCode();
        const truncated = offset >= outputLimitBytes;
        if (exitCode === undefined) yield { kind: 'end', outcome: 'lost', truncated };
        else yield { kind: 'end', outcome: 'exited', exitCode, truncated };
        return;
      }
      looks += 1;
      if (looks === 1) askDaemon = true;
      else await wake.wait();
    }
  } finally {
    clearInterval(safety);
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
    await run.close();
  }
}
