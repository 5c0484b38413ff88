import { isTerminalRun, type RunStatus } from '../runs/run-status.ts';

export const PEER_REQUEST_STATUSES = ['PENDING', 'QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export type PeerRequestStatus = (typeof PEER_REQUEST_STATUSES)[number];

/**
 * How far requests may lead to requests, and how many an agent may have open (docs/contracts/internal-ipc.md,
 * Assignments and queries).
 */
export const PEER_REQUEST_LIMITS = { depth: 2, open: 8 } as const;

/** How long an agent waits for another one's answer: at most, and when it does not say. */
export const LONGEST_QUERY_SECONDS = 1_800;
export const DEFAULT_QUERY_SECONDS = 300;

/** Most of an answer that is kept. */
export const MAX_PEER_RESULT_LENGTH = 10_000;

/** A request is where its run is. */
export function peerRequestStatus(run: RunStatus): PeerRequestStatus {
  if (run === 'TIMEOUT') return 'FAILED';
  if (run === 'RUNNING' || isTerminalRun(run)) return run;
  return 'QUEUED';
}
