/** QUEUED and ADMITTED come before the run is public; the rest is what the API shows. */
export const RUN_STATUSES = ['QUEUED', 'ADMITTED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export type TerminalRunStatus = 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT';

export function isTerminalRun(status: RunStatus): status is TerminalRunStatus {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED' || status === 'TIMEOUT';
}
