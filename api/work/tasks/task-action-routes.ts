import { approveTask, blockReview, requestRework } from '../../../commands/engine/tasks/review-task.ts';
import { retryTask, setTaskStatus } from '../../../commands/engine/tasks/set-task-status.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { readManagedTaskIn } from '../../../db/work/tasks/tasks-store.ts';
import { accepted, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  blockBody,
  managedTaskAnswer,
  managedTaskParams,
  retryAnswer,
  retryBody,
  reviewNoteBody,
  reworkBody,
  statusBody,
  statusPatchBody,
} from './managed-task-schemas.ts';
import { agentIdOf, type TaskDeps, taskCall, writeTasks } from './on-task.ts';

/** What people move a task by: docs/contracts/tasks.md, States and Review. */
export function createTaskActionRoutes(deps: TaskDeps): Route[] {
  const common = { tags: ['Tasks'], authority: writeTasks, params: managedTaskParams } as const;
  const answered = async (tx: Tx, call: ReturnType<typeof taskCall>) =>
    ok(await readManagedTaskIn(tx, call, call.taskId));
  return [
    defineRoute({
      ...common,
      method: 'POST',
      url: '/api/v1/tasks/:taskId/status',
      operationId: 'setTaskStatus',
      summary: 'Move a task of no mission by hand',
      description:
        'A move that its state does not have is a 409 with `current_status`; of those who move one task at once one ' +
        'does. Its agent’s attempt under way is ended.',
      body: statusBody,
      responses: { 200: managedTaskAnswer },
      errors: ['wrong_state', 'conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const call = taskCall(ctx);
          const { status, note, result_summary: resultSummary, error_message: errorMessage } = ctx.body;
          await setTaskStatus(tx, call, { status, note, resultSummary, errorMessage }, ctx.actor);
          return answered(tx, call);
        }),
    }),
    defineRoute({
      ...common,
      method: 'PATCH',
      url: '/api/v1/tasks/:taskId/status',
      operationId: 'patchTaskStatus',
      summary: 'Move a task of no mission by hand, or say how it is',
      body: statusPatchBody,
      responses: { 200: managedTaskAnswer },
      errors: ['wrong_state', 'conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const call = taskCall(ctx);
          const { status, note, result_summary: resultSummary, error_message: errorMessage } = ctx.body;
          await setTaskStatus(tx, call, { status, note, resultSummary, errorMessage }, ctx.actor);
          return answered(tx, call);
        }),
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: '/api/v1/tasks/:taskId/retry',
      operationId: 'retryTask',
      summary: 'Try a task once more that failed or was given up',
      description: 'In its next iteration; its agent begins where it has one and nothing is before it.',
      body: retryBody,
      responses: { 202: retryAnswer },
      errors: ['wrong_state', 'conflict', 'ambiguous_reference', 'no_live_host'],
      handler: async (ctx) => {
        const call = taskCall(ctx);
        const agentId = await agentIdOf(deps, ctx.workspace.id, ctx.body?.agent);
        const retry = { agentId, note: ctx.body?.note ?? null };
        return ctx.write(async (tx) => {
          const jobId = await retryTask(tx, call, retry, ctx.actor);
          return accepted({ task: await readManagedTaskIn(tx, call, call.taskId), job_id: jobId });
        });
      },
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: '/api/v1/tasks/:taskId/review/approve',
      operationId: 'approveTaskReview',
      summary: 'Accept the result of a task: AWAITING_APPROVAL to COMPLETED',
      description: 'For its reviewer, MANAGER and editors of its project; never for who said that it is done.',
      body: reviewNoteBody,
      responses: { 200: managedTaskAnswer },
      errors: ['wrong_state', 'conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const call = taskCall(ctx);
          await approveTask(tx, call, ctx.body?.note ?? null, ctx.actor);
          return answered(tx, call);
        }),
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: '/api/v1/tasks/:taskId/review/request-rework',
      operationId: 'requestTaskRework',
      summary: 'Send the result of a task back: AWAITING_APPROVAL to PENDING, in the next iteration',
      body: reworkBody,
      responses: { 200: managedTaskAnswer },
      errors: ['wrong_state', 'conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const call = taskCall(ctx);
          await requestRework(tx, call, ctx.body.note, ctx.actor);
          return answered(tx, call);
        }),
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: '/api/v1/tasks/:taskId/review/block',
      operationId: 'blockTaskReview',
      summary: 'Keep others from deciding on a task',
      description: 'Until who blocked it, or an ADMIN, approves it or asks for rework.',
      body: blockBody,
      responses: { 200: managedTaskAnswer },
      errors: ['wrong_state', 'conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const call = taskCall(ctx);
          await blockReview(tx, call, ctx.body.reason, ctx.actor);
          return answered(tx, call);
        }),
    }),
  ];
}
