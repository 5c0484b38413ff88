import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs a workflow to its own end. A cancellation asked for in Temporal (its UI, its command line) would otherwise close
 * the workflow and leave a row that nobody drives, as a closed one is not started again: it becomes `onCancel`, the
 * row's own command, and the workflow goes on until its row says that it is over.
 */
export async function steerable(onCancel: () => Promise<void>, workflow: () => Promise<void>): Promise<void> {
  CancellationScope.current().cancelRequested.catch(() => CancellationScope.nonCancellable(onCancel));
  await CancellationScope.nonCancellable(workflow);
}
