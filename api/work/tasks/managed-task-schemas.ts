import { z } from 'zod';
import { TASK_STATUSES, type TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { REVIEW_STATUSES, STATUS_ALIASES, TASK_PRIORITIES } from '../../../domain/work/tasks/managed-task.ts';
import { PUBLIC_RUN_STATUSES } from '../../../domain/work/runs/run.ts';
import {
  clearableField,
  csvField,
  idField,
  momentField,
  nameField,
  optionalBody,
  refField,
  timeField,
} from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { taskAnswer } from '../missions/task-schemas.ts';
import { taskRunAnswer } from '../runs/run-schemas.ts';

const MAX_DEPENDENCIES = 50;
const MAX_LABELS = 20;
const MAX_EVENTS = 200;
/** Events, dependencies and runs that the answer about a task carries. */
export const SHOWN_WITH_TASK = 50;

const workspaceQuery = { workspace_id: idField.optional() };
const priorityField = z.enum(TASK_PRIORITIES);
const dayField = z.iso
  .date()
  .refine((day) => day >= '1970-01-01' && day < '3000-01-01', 'must be between 1970 and 3000')
  .describe('YYYY-MM-DD');
const labelsField = z
  .array(nameField(1, 64))
  .max(MAX_LABELS)
  .refine((labels) => new Set(labels).size === labels.length, 'names a label twice');
const jsonObject = z.record(z.string().max(64), z.unknown());

/** JSON whose text is short enough to be kept. */
const boundedJson = (bytes: number) =>
  jsonObject.refine((value) => Buffer.byteLength(JSON.stringify(value)) <= bytes, `must be at most ${bytes} bytes`);

/** In any case, also by the words of other trackers. */
const statusField = z
  .string()
  .max(32)
  .transform((text, context): TaskStatus => {
    const name = text.toUpperCase();
    const status = STATUS_ALIASES[name] ?? TASK_STATUSES.find((one) => one === name);
    if (status !== undefined) return status;
    context.addIssue({ code: 'custom', message: `must be one of ${TASK_STATUSES.join(', ')}` });
    return z.NEVER;
  })
  .describe('in any case; todo, done and in_review are PENDING, COMPLETED and AWAITING_APPROVAL');

export const managedTaskAnswer = taskAnswer.extend({
  mission_id: z.string().nullable().describe('null: a task that people manage'),
  project_id: z.string().nullable(),
  issue_id: z.string().nullable(),
  crew_id: z.string().nullable(),
  priority: priorityField,
  due_date: z.string().nullable().describe('YYYY-MM-DD'),
  reviewer_id: z.string().nullable(),
  review: z.object({
    status: z.enum(REVIEW_STATUSES),
    by: z.string().nullable(),
    at: timeField.nullable(),
    note: z.string().nullable(),
  }),
  labels: z.array(z.string()),
  auto_start: z.boolean().describe('its agent begins as soon as nothing is before it'),
  job_id: z.string().nullable().describe('the job that runs its agent, or did last'),
  created_by: z.string().nullable(),
  version: z.int().describe('counts what people change of it; transitions do not'),
});

export const taskEventAnswer = z.object({
  seq: z.int().describe('from 1, in the order of their commits'),
  type: z.string(),
  actor: z.object({ type: z.string(), id: z.string().nullable() }),
  message: z.string().nullable(),
  data: jsonObject,
  created_at: timeField,
});

const linkAnswer = z.object({ id: z.string(), title: z.string(), status: z.enum(TASK_STATUSES) });

export const taskDetailAnswer = managedTaskAnswer.extend({
  events: z.array(taskEventAnswer).describe(`the ${SHOWN_WITH_TASK} newest, in their order`),
  dependencies: z.object({
    blocked_by: z.array(linkAnswer).describe('what it waits for'),
    blocks: z.array(linkAnswer).describe('what waits for it'),
  }),
  agent_runs: z.array(taskRunAnswer).describe(`the ${SHOWN_WITH_TASK} newest`),
});

export const taskListAnswer = z.object({
  items: z.array(managedTaskAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});

export const managedTaskParams = z.object({ taskId: idField });
export const taskQuery = z.object(workspaceQuery);
export const dependencyParams = z.object({ taskId: idField, blocksTaskId: idField });
export const taskRunParams = z.object({ runId: idField });

export const tasksQuery = z.object({
  ...workspaceQuery,
  status: csvField(statusField).optional().describe('in these states, comma-separated'),
  project_id: idField.optional(),
  mission_id: idField.optional(),
  agent: refField.optional(),
  reviewer: idField.optional().describe('a user'),
  priority: priorityField.optional(),
  due_before: dayField.optional(),
  q: z.string().trim().max(200).optional().describe('part of the title'),
  sort: z
    .enum(['created_at', 'updated_at', 'priority', 'due_date'])
    .default('created_at')
    .describe('newest, most urgent or first due first'),
  ...pageQuery({ defaultLimit: 50 }),
});

export const newManagedTaskBody = z
  .strictObject({
    title: nameField(1, 200),
    description: clearableField(20_000).default(null),
    project_id: idField.nullable().default(null),
    mission_id: idField.nullable().default(null).describe('one more task of a mission'),
    issue_id: idField.nullable().default(null),
    agent: refField.nullable().default(null),
    reviewer_id: idField.nullable().default(null),
    priority: priorityField.default('none'),
    due_date: dayField.nullable().default(null),
    depends_on: z.array(idField).max(MAX_DEPENDENCIES).default([]),
    max_iterations: z.int().min(0).max(50).nullable().default(null),
    approval_required: z.boolean().default(false),
    labels: labelsField.default([]),
    auto_start: z.boolean().default(false),
  })
  .meta({ example: { title: 'Write the release notes', priority: 'high' } });

export const managedTaskPatchBody = z
  .strictObject({
    title: nameField(1, 200).optional(),
    description: clearableField(20_000).optional(),
    agent: refField.nullable().optional(),
    reviewer_id: idField.nullable().optional(),
    priority: priorityField.optional(),
    due_date: dayField.nullable().optional(),
    labels: labelsField.optional(),
    max_iterations: z.int().min(0).max(50).nullable().optional(),
    version: z.int().min(1).max(2_147_483_647).optional().describe('the version that was read'),
  })
  .meta({ example: { priority: 'urgent', version: 1 } });

const said = {
  note: clearableField(2_000).optional(),
  result_summary: clearableField(8_000).optional(),
  error_message: clearableField(2_000).optional(),
};
export const statusBody = z.strictObject({ status: statusField, ...said }).meta({ example: { status: 'IN_PROGRESS' } });
export const statusPatchBody = z
  .strictObject({ status: statusField.optional(), ...said })
  .meta({ example: { note: 'half of it is done' } });

export const retryBody = optionalBody(
  z.strictObject({ agent: refField.optional(), note: clearableField(2_000).optional() }),
);
export const retryAnswer = z.object({
  task: managedTaskAnswer,
  job_id: z.string().nullable().describe('null: it waits for others, or has no agent'),
});

export const taskEventsQuery = z.object({
  ...workspaceQuery,
  after_seq: z.coerce.number().int().min(0).max(2_147_483_647).default(0),
  limit: z.coerce.number().int().min(1).max(MAX_EVENTS).default(MAX_EVENTS),
});
export const taskEventsAnswer = z.object({
  events: z.array(taskEventAnswer),
  next_seq: z.int().describe('`after_seq` of the next reading'),
});
export const newTaskEventBody = z
  .strictObject({
    type: z
      .string()
      .max(64)
      .regex(/^(comment|progress|custom\.[a-z][a-z0-9_.-]*)$/, 'must be comment, progress or custom.<word>'),
    message: clearableField(4_000).default(null),
    data: boundedJson(16_384).default({}),
  })
  .refine(({ type, message }) => type !== 'comment' || message !== null, {
    path: ['message'],
    error: 'is what a comment says',
  })
  .refine((body) => typeof body?.type === 'string', {
    path: ['data'],
    error: 'goes with type',
    when: () => true,
  })
  .meta({ example: { type: 'comment', message: 'The first draft is there.' } });

export const newDependencyBody = z.strictObject({
  blocks_task_id: idField.describe('the task that must be done first'),
});
export const dependencyAnswer = z.object({ task_id: z.string(), blocked_by_task_id: z.string() });

export const newTaskRunBody = z
  .strictObject({
    run_id: idField.optional().describe('a run that is there; alone'),
    agent: refField.optional(),
    agent_label: nameField(1, 100).optional().describe('an agent that Crewship does not know'),
    external_ref: nameField(1, 128).optional(),
    started_at: momentField.optional(),
    metadata: boundedJson(8_192).optional(),
  })
  .refine((body) => [body.run_id, body.agent, body.agent_label].filter((one) => one !== undefined).length === 1, {
    path: ['run_id'],
    error: 'exactly one of run_id, agent and agent_label',
  })
  .refine((body) => body.metadata === undefined || body.agent !== undefined || body.agent_label !== undefined, {
    path: ['metadata'],
    error: 'goes with agent or agent_label',
  })
  .refine(
    (body) =>
      body.run_id === undefined ||
      (body.external_ref === undefined && body.started_at === undefined && body.metadata === undefined),
    { path: ['run_id'], error: 'goes alone: the run says the rest itself' },
  )
  .meta({ example: { agent_label: 'nightly build', external_ref: 'build-811' } });

export const taskRunPatchBody = z.strictObject({
  status: z.enum(PUBLIC_RUN_STATUSES).optional(),
  progress: z.int().min(0).max(100).optional(),
  output_summary: clearableField(8_000).optional(),
  error_message: clearableField(2_000).optional(),
  token_count: z.int().min(0).max(1_000_000_000_000).optional(),
  cost_usd: z.number().min(0).max(1_000_000).optional().describe('US dollars'),
  finished_at: momentField.optional(),
});

export const reviewNoteBody = optionalBody(z.strictObject({ note: clearableField(2_000).optional() }));
export const reworkBody = z
  .strictObject({ note: nameField(1, 4_000) })
  .meta({ example: { note: 'Name the sources.' } });
export const blockBody = z
  .strictObject({ reason: nameField(1, 2_000) })
  .meta({ example: { reason: 'Legal looks first.' } });
