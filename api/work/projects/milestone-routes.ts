import { z } from 'zod';
import {
  createMilestone,
  deleteMilestone,
  updateMilestone,
} from '../../../commands/work/projects/milestone-commands.ts';
import { listMilestones, projectOfMilestone, readProjectStats } from '../../../db/work/projects/milestones-store.ts';
import { resolveProject } from '../../../db/work/projects/projects-store.ts';
import { MILESTONE_STATUSES } from '../../../domain/work/projects/milestone.ts';
import { clearableField, idField, nameField, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { enteredProject, type ProjectDeps, viewerOf } from './on-project.ts';
import { dayField, projectParams, workspaceQuery } from './project-schemas.ts';

const milestoneAnswer = z.object({
  id: z.string(),
  project_id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  target_date: z.string().nullable().describe('YYYY-MM-DD'),
  status: z.enum(MILESTONE_STATUSES),
  position: z.int(),
  issue_count: z.int(),
  done_count: z.int().describe('issues that are DONE'),
  created_at: timeField,
  updated_at: timeField,
});
const milestoneParams = z.object({ milestoneId: idField });
const milestonesQuery = z.object({ ...workspaceQuery, ...pageQuery({ defaultLimit: 50 }) });

const fields = {
  name: nameField(1, 200),
  description: clearableField(10_000),
  target_date: dayField,
  status: z.enum(MILESTONE_STATUSES),
};
const newMilestoneBody = z
  .strictObject({
    name: fields.name,
    description: fields.description.default(null),
    target_date: fields.target_date.default(null),
    status: fields.status.default('active'),
  })
  .meta({ example: { name: 'Beta' } });
const milestonePatchBody = z.strictObject({
  name: fields.name.optional(),
  description: fields.description.optional(),
  target_date: fields.target_date.optional(),
  status: fields.status.optional(),
  position: z.int().min(0).max(1_000_000).optional(),
});

const statsAnswer = z.object({
  total_issues: z.int(),
  completed_issues: z.int().describe('those that are DONE'),
  by_status: z.record(z.string(), z.int()),
  by_assignee: z.array(z.object({ agent_id: z.string(), agent_name: z.string(), total: z.int(), completed: z.int() })),
  by_label: z.array(z.object({ label_name: z.string(), color: z.string(), count: z.int() })),
  crews: z.array(z.object({ id: z.string(), name: z.string(), slug: z.string() })),
});

/** Parts of projects, and what their issues come to: docs/contracts/projects.md, Milestones. */
export function createMilestoneRoutes(deps: ProjectDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Projects'];
  const read = { access: 'member', action: 'read', scope: 'projects:read' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/stats',
      operationId: 'getProjectStats',
      summary: 'Count a project’s issues by status, agent and label',
      description: 'The 50 agents, labels and crews with most.',
      tags,
      authority: read,
      params: projectParams,
      responses: { 200: statsAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => ok(await readProjectStats(reads, await enteredProject(deps, ctx))),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/milestones',
      operationId: 'listMilestones',
      summary: 'List the milestones of a project in their order',
      tags,
      authority: read,
      params: projectParams,
      query: milestonesQuery,
      responses: { 200: z.array(milestoneAnswer) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const page = await listMilestones(reads, await enteredProject(deps, ctx), ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/projects/:projectId/milestones',
      operationId: 'createMilestone',
      summary: 'Add a milestone to a project',
      description: 'For its editors. It is the last one.',
      tags,
      authority: { access: 'member', action: 'create', scope: 'projects:write' },
      params: projectParams,
      body: newMilestoneBody,
      responses: { 201: milestoneAnswer },
      errors: ['conflict', 'wrong_state', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveProject(reads, viewerOf(ctx), ctx.params.projectId);
        const call = { projectId: id, userId: ctx.principal.userId! };
        return ctx.write(async (tx) => created(await createMilestone(tx, call, ctx.body, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/milestones/:milestoneId',
      operationId: 'updateMilestone',
      summary: 'Change a milestone, or its place',
      tags,
      authority: { access: 'member', action: 'create', scope: 'projects:write' },
      params: milestoneParams,
      body: milestonePatchBody,
      responses: { 200: milestoneAnswer },
      errors: ['wrong_state'],
      handler: async (ctx) => {
        const { milestoneId } = ctx.params;
        const { workspaceId, userId } = viewerOf(ctx);
        const projectId = await projectOfMilestone(reads, workspaceId, userId, milestoneId);
        const call = { projectId, userId, milestoneId };
        return ctx.write(async (tx) => ok(await updateMilestone(tx, call, ctx.body, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/milestones/:milestoneId',
      operationId: 'deleteMilestone',
      summary: 'Delete a milestone; its issues stay',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'projects:write' },
      params: milestoneParams,
      responses: { 204: z.null() },
      errors: ['wrong_state'],
      handler: async (ctx) => {
        const { milestoneId } = ctx.params;
        const { workspaceId, userId } = viewerOf(ctx);
        const projectId = await projectOfMilestone(reads, workspaceId, userId, milestoneId);
        return ctx.write(async (tx) => {
          await deleteMilestone(tx, { projectId, userId, milestoneId }, ctx.actor);
          return noContent();
        });
      },
    }),
  ];
}
