import type { AttemptVerdict } from '../../crews/agents/circuit.ts';
import type { TaskStatus } from '../missions/task-status.ts';
import type { LimitHit } from './limit-hit.ts';
import type { TerminalRunStatus } from './run-status.ts';

/** A run that vanished gets this many more attempts in the same iteration. */
const MAX_LOST_REPLACEMENTS = 2;
/** One that was lost with its container, which is not its own doing, this many. */
const MAX_CONTAINER_LOST_REPLACEMENTS = 8;
/** Codes of attempts that ended for no reason of their agent's. */
const REPLACED_CODES: readonly (string | null)[] = ['lost', 'restarted'];
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 60_000;

/** How an attempt ended, as seen by whoever watched it. */
export type RunOutcome =
  | {
      readonly kind: 'exited';
      readonly exitCode: number;
      /** `failed`: the agent itself says that it did not do its work. */
      readonly result: 'ok' | 'missing' | 'invalid' | 'failed';
      /** What ended it, if it did not end well and its host knows. */
      readonly hit?: LimitHit;
    }
  | { readonly kind: 'cancelled' }
  /** Ended on request, to be run once more with what has changed since it started. */
  | { readonly kind: 'restarted' }
  | { readonly kind: 'timeout' }
  /**
   * The process is gone and left no record of its end. `withContainer`: all of its crew's container is, whoever's doing
   * that was.
   */
  | { readonly kind: 'lost'; readonly withContainer?: boolean }
  /** Never started: `code` says why (the crew's container could not be started, the adapter is unknown…). */
  | { readonly kind: 'not_started'; readonly code: string };

export interface Attempt {
  readonly iteration: number;
  /** How many attempts of this iteration were lost before this one, the same way. */
  readonly lostBefore: number;
  readonly maxIterations: number | null;
}

export interface RunSettlement {
  readonly runStatus: TerminalRunStatus;
  readonly errorCode: string | null;
  readonly task:
    | { readonly status: Extract<TaskStatus, 'COMPLETED' | 'FAILED' | 'CANCELLED'> }
    /**
     * Back to PENDING: a business retry (iteration + 1, after a pause) or a replacement of a lost or restarted run
     * (same iteration).
     */
    | { readonly status: 'PENDING'; readonly iteration: number; readonly retryInMs: number };
}

/** 1 s, 2 s, 4 s… at most a minute. */
export function retryDelayMs(iteration: number): number {
  return Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** (iteration - 1));
}

/** What an attempt's end means for the run and for its task. */
export function settleRun(outcome: RunOutcome, attempt: Attempt): RunSettlement {
  switch (outcome.kind) {
    case 'exited': {
      const errorCode = exitErrorCode(outcome);
      if (errorCode === null) return { runStatus: 'COMPLETED', errorCode, task: { status: 'COMPLETED' } };
      return { runStatus: 'FAILED', errorCode, task: retryOrFail(attempt) };
    }
    case 'timeout':
      return { runStatus: 'TIMEOUT', errorCode: 'timeout', task: retryOrFail(attempt) };
    case 'not_started':
      return { runStatus: 'FAILED', errorCode: outcome.code, task: retryOrFail(attempt) };
    case 'cancelled':
      return { runStatus: 'CANCELLED', errorCode: 'cancelled', task: { status: 'CANCELLED' } };
    case 'lost':
      return {
        runStatus: 'FAILED',
        errorCode: 'lost',
        task: replaceOrFail(attempt, outcome.withContainer === true),
      };
    case 'restarted':
      return {
        runStatus: 'CANCELLED',
        errorCode: 'restarted',
        task: { status: 'PENDING', iteration: attempt.iteration, retryInMs: 0 },
      };
  }
}

/**
 * What an attempt's end says about its agent. Attempts count that end their task; one that never began says something
 * about the crew's container or host instead, and so does one that was lost with its container.
 */
export function verdictOn(settlement: RunSettlement, outcome: RunOutcome): AttemptVerdict {
  if (settlement.task.status === 'COMPLETED') return 'success';
  const isAgents = outcome.kind !== 'not_started' && !(outcome.kind === 'lost' && outcome.withContainer === true);
  return settlement.task.status === 'FAILED' && isAgents ? 'failure' : 'nothing';
}

/** Whether the attempt is replaced by another one of the same iteration, which names it. */
export function isReplaced(settlement: RunSettlement): boolean {
  return settlement.task.status === 'PENDING' && REPLACED_CODES.includes(settlement.errorCode);
}

function exitErrorCode(outcome: Extract<RunOutcome, { kind: 'exited' }>): string | null {
  if (outcome.exitCode !== 0 && outcome.hit !== undefined) return outcome.hit;
  if (outcome.result === 'failed') return 'agent_error';
  if (outcome.exitCode !== 0) return 'exit_code';
  return outcome.result === 'invalid' ? 'invalid_result' : null;
}

/** One that is lost with its container pauses before it is replaced, longer each time: somebody keeps ending it. */
function replaceOrFail({ iteration, lostBefore }: Attempt, withContainer: boolean): RunSettlement['task'] {
  const isLast = lostBefore >= (withContainer ? MAX_CONTAINER_LOST_REPLACEMENTS : MAX_LOST_REPLACEMENTS);
  if (isLast) return { status: 'FAILED' };
  const retryInMs = withContainer && lostBefore > 0 ? retryDelayMs(lostBefore) : 0;
  return { status: 'PENDING', iteration, retryInMs };
}

function retryOrFail(attempt: Attempt): RunSettlement['task'] {
  const limit = attempt.maxIterations ?? 1;
  if (limit > 1 && attempt.iteration < limit) {
    return { status: 'PENDING', iteration: attempt.iteration + 1, retryInMs: retryDelayMs(attempt.iteration) };
  }
  return { status: 'FAILED' };
}
