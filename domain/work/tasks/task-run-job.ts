import type { JobKind } from '../../kernel/jobs/job-kind.ts';
import { TASK_STATUSES } from '../missions/task-status.ts';

/** An agent at work on a task of no mission: the workflows of its attempts move the job. */
export const taskRunJob = {
  name: 'task.run',
  description: 'Runs the agent of a task that no mission owns.',
  startedBy: { action: 'create', scope: 'tasks:write' },
  seenBy: { action: 'create', scope: 'tasks:read' },
  cancelledBy: { action: 'create', scope: 'tasks:write' },
  input: ({ z, id }) => z.strictObject({ task_id: id.describe('a PENDING task with an agent, of no mission') }),
  result: ({ z }) => z.object({ task_id: z.string(), run_id: z.string(), status: z.enum(TASK_STATUSES) }),
  subjectOf: (input) => ({ type: 'task', id: input.task_id as string }),
  deadlineMs: null,
  driver: 'own',
  steps: ['run'],
} satisfies JobKind;
