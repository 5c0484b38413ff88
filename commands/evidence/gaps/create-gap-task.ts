import type { GapFinding, GapStatus } from '../../../domain/evidence/gaps/gap.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { getGapFindingIn, lockGapFinding } from '../../../db/evidence/gaps/gaps-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { createManagedTask, type NewManagedTask } from '../../engine/tasks/create-task.ts';
import { journalFindingStatus } from './gap-commands.ts';

export interface GapTask
  extends Pick<NewManagedTask, 'workspaceId' | 'userId' | 'projectId' | 'agentId' | 'reviewerId' | 'priority'> {
  readonly findingId: string;
  /** Null: the finding's. */
  readonly title: string | null;
}

/** States in which work on a gap has not begun; a task is made of one that ended, too, and opens it again. */
const BEGINS: ReadonlySet<GapStatus> = new Set(['open', 'acknowledged', 'resolved', 'dismissed']);

/**
 * Makes a task of a capability gap, once, and says that the gap is worked on. Of those who ask at the same moment one
 * makes it. Throws `not_found`, `conflict` with `reason` `task_exists`, and what making a task throws.
 */
export async function createGapTask(
  tx: Tx,
  { findingId, title, ...task }: GapTask,
  actor: Actor,
): Promise<{ taskId: string; finding: GapFinding }> {
  // Read before it is locked: tasks come before findings in the order of locks. What was read is only words.
  const known = await getGapFindingIn(tx, task.userId, findingId);
  const taskId = await createManagedTask(
    tx,
    {
      ...task,
      title: title ?? known.title.slice(0, 200),
      description: descriptionOf(known),
      missionId: null,
      issueId: null,
      dueDate: null,
      dependsOn: [],
      maxIterations: null,
      approvalRequired: false,
      labels: ['capability-gap'],
      autoStart: false,
    },
    actor,
  );
  const held = await lockGapFinding(tx, findingId);
  if (held.has_task) {
    throw new CrewshipError('conflict', 'a task was made of it', { extensions: { reason: 'task_exists' } });
  }
  const status = BEGINS.has(held.status) ? 'in_progress' : held.status;
  await tx.execute(sql`
    UPDATE gap_findings SET task_id = ${taskId}, status = ${status}, updated_at = now() WHERE id = ${findingId}`);
  if (status !== held.status) {
    journalFindingStatus(tx, { ...known, workspaceId: task.workspaceId }, { from: held.status, to: status }, actor);
  }
  return { taskId, finding: await getGapFindingIn(tx, task.userId, findingId) };
}

function descriptionOf({ title, category, occurrences, evidence }: GapFinding): string {
  const seen = evidence.map(({ type, id }) => `- ${type.replaceAll('_', ' ')} ${id}`);
  return [`${title}.`, `Seen ${occurrences} times (${category.replaceAll('_', ' ')}).`, ...seen].join('\n');
}
