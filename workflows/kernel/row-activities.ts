import { CancellationScope, proxyLocalActivities } from '@temporalio/workflow';
import type { RowActivities } from '../../activities/row-activities.ts';

const activities = proxyLocalActivities<RowActivities>({
  startToCloseTimeout: '30s',
  localRetryThreshold: '20s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/**
 * Short idempotent transactions on the workflow's own rows, run by the worker that runs the workflow (3 ms instead of
 * 17 for a round trip through the task queue). They are repeated until the database answers: a workflow has nothing
 * better to do than to wait for it. No scope cancels one: begun and cancelled by two messages of one workflow task, it
 * is a transition that the SDK refuses, at each try of that task.
 */
export const rows: typeof activities = new Proxy(activities, {
  get: (target, name: keyof RowActivities) => {
    const activity = target[name] as (...args: readonly unknown[]) => Promise<unknown>;
    return (...args: readonly unknown[]) => CancellationScope.nonCancellable(() => activity(...args));
  },
});
