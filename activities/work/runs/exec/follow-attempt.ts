import type { DockerClient } from '../../../../platform/docker/docker-client.ts';
import type { ExecState } from '../../../../platform/docker/docker-execs.ts';
import { DockerError } from '../../../../platform/docker/docker-error.ts';
import type { DockerEvents } from '../../../../platform/docker/docker-events.ts';
import { type CrewHostDirs, checkedId } from '../../../crews/containers/crew-host-paths.ts';
import type { AttemptGroups } from '../groups/attempt-groups.ts';
import { createRecordsDirectory, type EndRecord } from './records-directory.ts';
import { createWakeSignal } from './wake-signal.ts';

const CHUNK_BYTES = 65_536;
/** Looks again although nothing was heard: a daemon's or kernel's dropped notification costs this much, not the run. */
const SAFETY_CHECK_MS = 10_000;
const SUPERVISOR_TAKEN = 73;
const NOT_SET_UP = 74;
const SIGNALLED = 128;
const LAST_SIGNAL = 31;

export type AttemptEvent =
  /** Raw bytes of the command's stdout and stderr, in order; `offset` counts bytes of the whole output. */
  | { kind: 'output'; offset: number; data: Buffer }
  | {
      kind: 'end';
      outcome: 'exited';
      exitCode: number;
      /** Null: it ended by itself, as far as is known. */
      signal: number | null;
      /** File systems of the container without room, when it ended. */
      full: readonly string[];
      truncated: boolean;
    }
  /** The process is gone, and nobody saw its end: it went with its container. */
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
 * at any time, several at once, also after the end. Whether it lives is the daemon's word alone. How it ended is its
 * supervisor's record; without one, what the daemon saw of the exec, unless its container went with it.
 *
 * Rejects with DockerError: `not_running` for an exec that was never started, `unavailable` or `timeout` when the
 * daemon does not answer (follow again then).
 */
export async function* followAttempt(
  deps: {
    docker: Pick<DockerClient, 'inspectExec'>;
    events: DockerEvents;
    dirs: CrewHostDirs;
    groups: Pick<AttemptGroups, 'list'>;
  },
  attempt: FollowedAttempt,
): AsyncGenerator<AttemptEvent, void, undefined> {
  const { execId, outputLimitBytes, signal } = attempt;
  signal.throwIfAborted();
  const wake = createWakeSignal();
  // The first look is at the output alone, so that it is not held up by the daemon; the second one always asks.
  let askDaemon = false;
  let looks = 0;
  const run = createRecordsDirectory({
    crewsDir: deps.dirs.crewsDir,
    directory: `${checkedId(attempt.crewId)}/records/${checkedId(attempt.attemptId)}`,
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
  /**
   * The daemon's word, of a supervisor that left no record. It counts where the attempt's group is still there: a
   * container that went with it, or was started again, has none.
   */
  const witnessed = async (seen: ExecState | undefined): Promise<EndRecord | null> => {
    if (seen === undefined || seen.exitCode === null || seen.exitCode === NOT_SET_UP) return null;
    const groups = (await deps.groups.list(seen.containerId)) ?? [];
    if (!groups.some(({ kind, id }) => kind === 'attempts' && id === attempt.attemptId)) return null;
    return { code: seen.exitCode, signal: 0, full: [] };
  };
  const safety = setInterval(suspect, SAFETY_CHECK_MS);
  signal.addEventListener('abort', onAbort, { once: true });

  try {
    let offset = attempt.fromOffset;
    for (;;) {
      let ended: { refused: boolean; seen: ExecState | undefined } | undefined;
      if (askDaemon) {
        askDaemon = false;
        const state = await deps.docker.inspectExec(execId);
        if (state !== undefined && !state.running && state.exitCode === null) {
          throw new DockerError('not_running', 'follow attempt');
        }
        if (state === undefined || !state.running)
          ended = { refused: state?.exitCode === SUPERVISOR_TAKEN, seen: state };
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
        const truncated = offset >= outputLimitBytes;
        const record = (await run.readEnd()) ?? (await witnessed(ended.seen));
        if (record === null) {
          yield { kind: 'end', outcome: 'lost', truncated };
          return;
        }
        const { code, signal: sent, full } = record;
        const ending = sent === 0 ? signalOf(code) : sent;
        yield { kind: 'end', outcome: 'exited', exitCode: code, signal: ending, full, truncated };
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

/** A shell whose command was ended by a signal says so by its own exit code. */
function signalOf(exitCode: number): number | null {
  return exitCode > SIGNALLED && exitCode <= SIGNALLED + LAST_SIGNAL ? exitCode - SIGNALLED : null;
}
