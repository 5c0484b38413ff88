import { z } from 'zod';
import { addDependency, removeDependency } from '../../../commands/engine/tasks/task-dependencies.ts';
import { attachRun, createExternalRun, reportExternalRun } from '../../../commands/engine/tasks/task-agent-runs.ts';
import { getTaskRunIn } from '../../../db/work/runs/list-runs.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { microsFromDollars } from '../../../domain/work/missions/mission.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { taskRunAnswer } from '../runs/run-schemas.ts';
import {
  dependencyAnswer,
  dependencyParams,
  managedTaskParams,
  newDependencyBody,
  newTaskRunBody,
  taskRunParams,
  taskRunPatchBody,
} from './managed-task-schemas.ts';
import { agentIdOf, readerOf, type TaskDeps, taskCall, writeTasks } from './on-task.ts';

/** What a task waits for, and the runs that are for it: docs/contracts/tasks.md, Dependencies and Runs. */
export function createTaskLinkRoutes(deps: TaskDeps): Route[] {
  const tags = ['Tasks'];
  const authority = writeTasks;
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/tasks/:taskId/dependencies',
      operationId: 'addTaskDependency',
      summary: 'Make a task wait for another',
      description: 'Both are of no mission. Of two additions that would make a cycle together one is refused.',
      tags,
      authority,
      params: managedTaskParams,
      body: newDependencyBody,
      responses: { 201: dependencyAnswer },
      errors: ['wrong_state', 'conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const blocker = ctx.body.blocks_task_id;
          await addDependency(tx, taskCall(ctx), blocker, ctx.actor);
          return created({ task_id: ctx.params.taskId, blocked_by_task_id: blocker });
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/tasks/:taskId/dependencies/:blocksTaskId',
      operationId: 'removeTaskDependency',
      summary: 'Let a task go on without another',
      tags,
      authority,
      params: dependencyParams,
      responses: { 204: z.null() },
      errors: ['wrong_state', 'conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await removeDependency(tx, taskCall(ctx), ctx.params.blocksTaskId, ctx.actor);
          return noContent();
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/tasks/:taskId/agent-runs',
      operationId: 'attachTaskRun',
      summary: 'Say that a run is for a task, or make one that goes on elsewhere',
      description: 'With `run_id` 200 and the run that is there, else 201 and one that is RUNNING.',
      tags,
      authority,
      params: managedTaskParams,
      body: newTaskRunBody,
      responses: { 200: taskRunAnswer, 201: taskRunAnswer },
      errors: ['wrong_state', 'conflict', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { body } = ctx;
        const call = taskCall(ctx);
        const agentId = (await agentIdOf(deps, ctx.workspace.id, body.agent)) ?? null;
        return ctx.write(async (tx) => {
          if (body.run_id !== undefined) {
            await attachRun(tx, call, body.run_id, ctx.actor);
            return ok(await getTaskRunIn(tx, body.run_id));
          }
          const run = {
            agentId,
            agentLabel: body.agent_label ?? null,
            externalRef: body.external_ref ?? null,
            startedAt: body.started_at ?? null,
            metadata: (body.metadata ?? {}) as JsonObject,
          };
          return created(await getTaskRunIn(tx, await createExternalRun(tx, call, run, ctx.actor)));
        });
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/tasks/agent-runs/:runId',
      operationId: 'updateTaskRun',
      summary: 'Say how a run is that goes on elsewhere',
      description: 'For MANAGER, editors of the task’s project and who made it. Its end is said once.',
      tags,
      authority,
      params: taskRunParams,
      body: taskRunPatchBody,
      responses: { 200: taskRunAnswer },
      errors: ['wrong_state', 'conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { body } = ctx;
          const patch = {
            status: body.status,
            progress: body.progress,
            outputSummary: body.output_summary,
            errorMessage: body.error_message,
            tokenCount: body.token_count,
            costMicros: body.cost_usd === undefined ? undefined : microsFromDollars(body.cost_usd),
            finishedAt: body.finished_at,
          };
          await reportExternalRun(tx, { ...readerOf(ctx), runId: ctx.params.runId }, patch, ctx.actor);
          return ok(await getTaskRunIn(tx, ctx.params.runId));
        }),
    }),
  ];
}
