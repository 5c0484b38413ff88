import { pageHeaders } from '../../http/kernel/pagination.ts';
import { z } from 'zod';
import { createManagedTask } from '../../../commands/engine/tasks/create-task.ts';
import { deleteManagedTask, updateManagedTask } from '../../../commands/engine/tasks/update-task.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import { listTaskRuns } from '../../../db/work/runs/list-runs.ts';
import {
  listManagedTasks,
  listTaskEvents,
  readManagedTask,
  readManagedTaskIn,
  readTaskDependencies,
} from '../../../db/work/tasks/tasks-store.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  managedTaskAnswer,
  managedTaskParams,
  managedTaskPatchBody,
  newManagedTaskBody,
  SHOWN_WITH_TASK,
  taskDetailAnswer,
  taskListAnswer,
  taskQuery,
  tasksQuery,
} from './managed-task-schemas.ts';
import { agentIdOf, readerOf, readTasks, type TaskDeps, taskCall, writeTasks } from './on-task.ts';

/** Tasks of missions and of none: docs/contracts/tasks.md. */
export function createManagedTaskRoutes(deps: TaskDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Tasks'];
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/tasks',
      operationId: 'listManagedTasks',
      summary: 'List tasks of missions and of none',
      description: 'Without those of projects that the caller may not see.',
      tags,
      authority: readTasks,
      query: tasksQuery,
      responses: { 200: taskListAnswer },
      errors: ['ambiguous_reference', 'not_found'],
      handler: async (ctx) => {
        const { query } = ctx;
        const agent = query.agent === undefined ? null : await resolveAgent(reads, ctx.workspace.id, query.agent);
        const filter = {
          statuses: query.status,
          projectId: query.project_id,
          missionId: query.mission_id,
          agentId: agent?.id,
          reviewerId: query.reviewer,
          priority: query.priority,
          dueBefore: query.due_before,
          search: query.q,
          sort: query.sort,
        };
        const page = await listManagedTasks(reads, readerOf(ctx), filter, query);
        const body = { items: page.rows, total: page.total, limit: query.limit, offset: query.offset };
        return ok(body, pageHeaders(ctx.request.url, query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/tasks',
      operationId: 'createManagedTask',
      summary: 'Make a task, of a project or of none, or one more of a mission',
      description:
        'For MANAGER and editors of the project. It is BLOCKED while one that it depends on is open. With ' +
        '`auto_start` its agent begins as soon as nothing is before it: 409 where that is now and it could not.',
      tags,
      authority: writeTasks,
      body: newManagedTaskBody,
      responses: { 201: managedTaskAnswer },
      errors: ['not_found', 'ambiguous_reference', 'wrong_state', 'conflict', 'no_live_host'],
      handler: async (ctx) => {
        const { body } = ctx;
        const reader = readerOf(ctx);
        const agentId = (await agentIdOf(deps, ctx.workspace.id, body.agent)) ?? null;
        return ctx.write(async (tx) => {
          const id = await createManagedTask(
            tx,
            {
              ...reader,
              title: body.title,
              description: body.description,
              projectId: body.project_id,
              missionId: body.mission_id,
              issueId: body.issue_id,
              agentId,
              reviewerId: body.reviewer_id,
              priority: body.priority,
              dueDate: body.due_date,
              dependsOn: body.depends_on,
              maxIterations: body.max_iterations,
              approvalRequired: body.approval_required,
              labels: body.labels,
              autoStart: body.auto_start,
            },
            ctx.actor,
          );
          return created(await readManagedTaskIn(tx, reader, id));
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/tasks/:taskId',
      operationId: 'getManagedTask',
      summary: 'Get a task with its newest events, its dependencies and its runs',
      tags,
      authority: readTasks,
      params: managedTaskParams,
      query: taskQuery,
      responses: { 200: taskDetailAnswer },
      handler: async (ctx) => {
        const reader = readerOf(ctx);
        const task = await readManagedTask(reads, reader, ctx.params.taskId);
        const newest = { afterSeq: 0, limit: SHOWN_WITH_TASK, newest: true } as const;
        const [events, dependencies, runs] = await Promise.all([
          listTaskEvents(reads, reader.workspaceId, task.id, newest),
          readTaskDependencies(reads, reader, task.id, SHOWN_WITH_TASK),
          listTaskRuns(reads, reader.workspaceId, task.id, SHOWN_WITH_TASK),
        ]);
        return ok({ ...task, events, dependencies, agent_runs: runs });
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/tasks/:taskId',
      operationId: 'updateManagedTask',
      summary: 'Change what is said of a task',
      description:
        'What its agent goes by (title, description, agent, iterations) changes only while the task is PENDING or ' +
        'BLOCKED and not under way. Nothing is changed when `version` names another state.',
      tags,
      authority: writeTasks,
      params: managedTaskParams,
      body: managedTaskPatchBody,
      responses: { 200: managedTaskAnswer },
      errors: ['wrong_state', 'version_conflict', 'conflict', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { body } = ctx;
        const call = taskCall(ctx);
        const agentId = await agentIdOf(deps, ctx.workspace.id, body.agent);
        const patch = {
          title: body.title,
          description: body.description,
          agentId,
          reviewerId: body.reviewer_id,
          priority: body.priority,
          dueDate: body.due_date,
          labels: body.labels,
          maxIterations: body.max_iterations,
          version: body.version,
        };
        return ctx.write(async (tx) => {
          await updateManagedTask(tx, call, patch, ctx.actor);
          return ok(await readManagedTaskIn(tx, call, call.taskId));
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/tasks/:taskId',
      operationId: 'deleteManagedTask',
      summary: 'Delete a task of no mission that is not under way',
      description:
        'For ADMIN and owners of the project; for its creator while it is PENDING. 409 while others wait for it. Its ' +
        'runs stay.',
      tags,
      authority: writeTasks,
      params: managedTaskParams,
      responses: { 204: z.null() },
      errors: ['wrong_state', 'conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await deleteManagedTask(tx, taskCall(ctx), ctx.actor);
          return noContent();
        }),
    }),
  ];
}
