import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { CrewHostActivities } from '../../activities/crews/crew-host-activities.ts';
import type { RunHostActivities } from '../../activities/runs/run-host-activities.ts';

/**
 * The activities of the worker beside one Docker host's daemon. Tried until that worker takes them; they heartbeat, so
 * that one whose worker died is tried again in seconds.
 */
export function hostActivities(hostId: string) {
  return proxyActivities<CrewHostActivities>({
    taskQueue: `docker-${hostId}`,
    startToCloseTimeout: '5m',
    heartbeatTimeout: '10s',
    retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '15s' },
  });
}

/**
 * The activity that runs one attempt. It heartbeats every second; when its worker dies the next try re-attaches to the
 * process. Cancellation waits for the process to be gone.
 */
export function runActivities(hostId: string, options: { startToCloseMs: number }) {
  return proxyActivities<RunHostActivities>({
    taskQueue: `docker-${hostId}`,
    startToCloseTimeout: options.startToCloseMs,
    heartbeatTimeout: '6s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '5s' },
  });
}
