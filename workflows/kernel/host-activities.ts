import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { CrewHostActivities } from '../../activities/crews/crews/crew-host-activities.ts';
import type {
  BuildCleanActivities,
  BuildHostActivities,
} from '../../activities/crews/provisioning/build-activities.ts';
import type { KeeperHostActivities } from '../../activities/vault/keeper/keeper-host-activities.ts';
import type { RunHostActivities } from '../../activities/work/runs/run-host-activities.ts';
import type { BuildStep } from '../../domain/crews/provisioning/build-spec.ts';

/**
 * The activities of the worker beside one Docker host's daemon. Tried until that worker takes them; they heartbeat, so
 * that one whose worker died is tried again in seconds.
 */
export function hostActivities(hostId: string) {
  return proxyActivities<CrewHostActivities & BuildCleanActivities>({
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

/** A host that takes up nothing in this time is away: the agent that waits hears so. */
const KEEPER_PICKUP = '20s';

/**
 * The activity that runs a command with a secret. It is tried once: one that began may have done its work, whatever
 * became of its worker.
 */
export function keeperHostActivities(hostId: string, leftMs: number) {
  return proxyActivities<KeeperHostActivities>({
    taskQueue: `docker-${hostId}`,
    scheduleToStartTimeout: KEEPER_PICKUP,
    startToCloseTimeout: leftMs,
    heartbeatTimeout: '6s',
    retry: { maximumAttempts: 1 },
  });
}

/** Above a build's own limit, which its row keeps; this only ends what never ends. */
const BUILD_SLACK_MS = 60_000;

/**
 * The activities that build an image, on the host's queue for builds, so that they take no place of a run. A step after
 * the first goes before the beginning of another build. Cancellation waits until nothing of the step goes on.
 */
export function buildActivities(hostId: string, at: { step: BuildStep; timeLeftMs: number }) {
  return proxyActivities<BuildHostActivities>({
    taskQueue: `docker-${hostId}-builds`,
    startToCloseTimeout: at.timeLeftMs + BUILD_SLACK_MS,
    heartbeatTimeout: '10s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    priority: { priorityKey: at.step === 'validate' ? 3 : 2 },
    retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
  });
}
