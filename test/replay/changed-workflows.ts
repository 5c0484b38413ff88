import { sleep } from '@temporalio/workflow';

/** A mission workflow that begins with a timer: not what any recorded history did. */
export async function missionWorkflow(): Promise<void> {
  await sleep(1_000);
}
