import { continueAsNew, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { KeeperJudgeActivities } from '../../../activities/vault/keeper/keeper-judge-activities.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { keeperHostActivities } from '../../kernel/host-activities.ts';
import { openMailbox } from '../../kernel/mailbox.ts';
import { rows } from '../../kernel/row-activities.ts';
import { createStateDisplay } from '../../kernel/show-state.ts';
import { steerable } from '../../kernel/steerable.ts';

/** Before the row is looked at again after an activity that failed. */
const PAUSE_MS = 500;

/**
 * An agent's request that a judge or people decide, `keeper-<id>-<generation>`: has a model asked, keeps the people's
 * deadline, and has the crew's host run what was allowed. Each of them writes down what came of it; this only makes
 * sure that somebody does.
 */
export async function keeperWorkflow(address: WorkflowAddress): Promise<void> {
  await steerable(
    () => rows.withdrawKeeperRequest(address),
    () => driveKeeper(address),
  );
}

async function driveKeeper(address: WorkflowAddress): Promise<void> {
  const mailbox = openMailbox(address);
  const show = createStateDisplay();
  for (;;) {
    const current = mailbox.take();
    const step = await rows.advanceKeeperRequest(current);
    show({ status: step.status, crewId: step.crewId });
    switch (step.kind) {
      case 'closed':
        return;
      case 'judge':
        await judging(step.leftMs)
          .judgeKeeperRequest(current)
          .catch(() => sleep(PAUSE_MS));
        break;
      case 'execute':
        await keeperHostActivities(step.hostId, step.leftMs)
          .executeKeeperCommand(current)
          .catch(() => rows.loseExecution(current, 'host_silent'));
        break;
      case 'waiting':
        if (mailbox.isEmpty && workflowInfo().continueAsNewSuggested) {
          await continueAsNew<typeof keeperWorkflow>(address);
        }
        await mailbox.wait(step.wakeInMs);
    }
  }
}

/** Tried again for as long as the judge's time lasts; then the row is denied. */
function judging(leftMs: number) {
  return proxyActivities<KeeperJudgeActivities>({
    scheduleToCloseTimeout: leftMs,
    heartbeatTimeout: '10s',
    retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '5s' },
  });
}
