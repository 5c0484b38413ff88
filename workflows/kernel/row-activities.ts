import { proxyLocalActivities } from '@temporalio/workflow';
import type { RowActivities } from '../../activities/row-activities.ts';

/**
 * Short idempotent transactions on the workflow's own rows, run by the worker that runs the workflow (3 ms instead of
 * 17 for a round trip through the task queue). They are repeated until the database answers: a workflow has nothing
 * better to do than to wait for it.
 */
export const rows = proxyLocalActivities<RowActivities>({
  startToCloseTimeout: '30s',
  localRetryThreshold: '20s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '10s' },
});
