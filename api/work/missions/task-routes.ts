import { nextCursor } from '../../../db/kernel/page.ts';
import { z } from 'zod';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { getTaskIn, listTasks } from '../../../db/work/missions/read-tasks.ts';
import { decideTaskApproval } from '../../../commands/engine/missions/task-approvals.ts';
import { createTask, patchTask } from '../../../commands/engine/missions/task-commands.ts';
import { microsFromDollars } from '../../../domain/work/missions/mission.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { taskDecisionBody } from './mission-action-schemas.ts';
import { onMission } from './on-mission.ts';
import { newTaskBody, newTaskParams, taskAnswer, taskListQuery, taskParams, taskPatchBody } from './task-schemas.ts';

/** Tasks of a mission: docs/contracts/missions.md, Task states. */
export function createTaskRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Missions'];
  const authority = { access: 'member', action: 'create', scope: 'missions:write' } as const;
  const read = { access: 'member', action: 'read', scope: 'missions:read' } as const;
  const base = '/api/v1/crews/:crewId/missions/:missionId/tasks';

  return [
    defineRoute({
      method: 'GET',
      url: base,
      operationId: 'listTasks',
      summary: 'List the tasks of a mission in their order',
      tags,
      authority: read,
      params: newTaskParams,
      query: taskListQuery,
      responses: { 200: z.array(taskAnswer) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const mission = { crewId: crew.id, id: ctx.params.missionId };
        const { tasks, total } = await listTasks(reads, ctx.workspace.id, mission, ctx.query, ctx.query.q);
        return ok(tasks, pageHeaders(ctx.request.url, ctx.query, { total, next: nextCursor(tasks, ctx.query) }));
      },
    }),
    defineRoute({
      method: 'POST',
      url: base,
      operationId: 'createTask',
      summary: 'Add a task to a mission that is PLANNING or IN_PROGRESS',
      tags,
      authority,
      params: newTaskParams,
      body: newTaskBody,
      responses: { 201: taskAnswer },
      errors: ['ambiguous_reference', 'wrong_state'],
      handler: (ctx) =>
        onMission(reads, ctx, async (tx, mission) => {
          const id = await createTask(
            tx,
            mission,
            {
              title: ctx.body.title,
              description: ctx.body.description,
              assignedAgentId: ctx.body.assigned_agent_id,
              taskOrder: ctx.body.task_order,
              dependsOn: ctx.body.depends_on,
              maxIterations: ctx.body.max_iterations,
              approvalRequired: ctx.body.approval_required,
            },
            ctx.actor,
          );
          return created(await getTaskIn(tx, mission.id, id));
        }),
    }),
    defineRoute({
      method: 'PATCH',
      url: `${base}/:taskId`,
      operationId: 'updateTask',
      summary: 'Change the fields that are given; move the task by hand',
      description:
        'What defines a task changes only while it is PENDING or BLOCKED. A transition that the state machine does ' +
        'not have is a 409 with `current_status`. A status set by hand ends the attempt under way.',
      tags,
      authority,
      params: taskParams,
      body: taskPatchBody,
      responses: { 200: taskAnswer },
      errors: ['ambiguous_reference', 'wrong_state'],
      handler: (ctx) =>
        onMission(reads, ctx, async (tx, mission) => {
          const { body } = ctx;
          await patchTask(
            tx,
            mission,
            ctx.params.taskId,
            {
              title: body.title,
              description: body.description,
              assignedAgentId: body.assigned_agent_id,
              dependsOn: body.depends_on,
              maxIterations: body.max_iterations,
              approvalRequired: body.approval_required,
              status: body.status,
              resultSummary: body.result_summary,
              errorMessage: body.error_message,
              outputPath: body.output_path,
              tokenCount: body.token_count,
              costMicros: body.estimated_cost === undefined ? undefined : microsFromDollars(body.estimated_cost),
            },
            ctx.actor,
          );
          return ok(await getTaskIn(tx, mission.id, ctx.params.taskId));
        }),
    }),
    ...(
      [
        { verb: 'approve', operationId: 'approveTask' },
        { verb: 'reject', operationId: 'rejectTask' },
      ] as const
    ).map(({ verb, operationId }) =>
      defineRoute({
        method: 'POST',
        url: `${base}/:taskId/${verb}`,
        operationId,
        summary:
          verb === 'approve'
            ? 'Accept the result of a task: AWAITING_APPROVAL to COMPLETED'
            : 'Refuse the result of a task: AWAITING_APPROVAL to FAILED',
        description:
          (verb === 'approve' ? '' : 'What depends on the task fails with it. ') +
          'The mission is IN_PROGRESS; any other state of either is a 409 with `current_status`.',
        tags,
        authority,
        params: taskParams,
        body: taskDecisionBody,
        responses: { 200: taskAnswer },
        errors: ['ambiguous_reference', 'wrong_state', 'conflict'],
        handler: (ctx) =>
          onMission(reads, ctx, async (tx, mission) => {
            const decision = {
              verdict: verb === 'approve' ? ('approved' as const) : ('denied' as const),
              comment: ctx.body?.comment ?? null,
              decidedBy: ctx.principal.userId,
            };
            await decideTaskApproval(tx, mission, ctx.params.taskId, decision, ctx.actor);
            return ok(await getTaskIn(tx, mission.id, ctx.params.taskId));
          }),
      }),
    ),
  ];
}
