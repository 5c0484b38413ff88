import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import { listAdminUsers, readAdminWorkspaces, readWorkspaceStats } from '../../../db/instance/admin/read-admin.ts';
import { readQueues } from '../../../db/instance/system/read-capacity.ts';
import { ROLES } from '../../../domain/kernel/access/authority.ts';
import { timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { checkReadiness, type ReadinessProbe } from '../health/check-readiness.ts';
import { readinessSchema } from '../health/readiness-schema.ts';
import { queuesAnswer } from '../system/system-schemas.ts';
import { postureOf, type PostureFacts } from './security-posture.ts';

const workspaceParts = { id: z.string(), name: z.string(), slug: z.string() };

/** What those who run a workspace, or the instance, look at: docs/contracts/system.md, Administration. */
export function createAdminRoutes(deps: {
  readonly database: Pick<Database, 'reads' | 'systemReads'>;
  readonly probes: readonly ReadinessProbe[];
  readonly posture: PostureFacts;
}): Route[] {
  const { reads, systemReads } = deps.database;
  const tags = ['Administration'];
  const owner = { access: 'member', action: 'manage', minRole: 'OWNER', scope: 'workspace:admin' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/stats',
      operationId: 'getAdminStats',
      summary: 'Numbers of the workspace',
      tags,
      authority: owner,
      responses: {
        200: z.object({
          workspaces: z.literal(1),
          users: z.int(),
          agents: z.int(),
          running: z.int().describe('runs that hold a place'),
          crews: z.int(),
        }),
      },
      handler: async (ctx) => ok({ workspaces: 1 as const, ...(await readWorkspaceStats(reads, ctx.workspace.id)) }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/users',
      operationId: 'listAdminUsers',
      summary: 'List the people of the workspace, oldest member first',
      tags,
      authority: owner,
      query: z.object(pageQuery({ defaultLimit: 100 })),
      responses: {
        200: z.array(
          z.object({
            id: z.string(),
            email: z.string(),
            full_name: z.string(),
            avatar_url: z.string().nullable(),
            created_at: timeField,
            role: z.enum(ROLES),
            workspace: z.object(workspaceParts),
          }),
        ),
      },
      handler: async (ctx) => {
        const page = await listAdminUsers(reads, ctx.workspace.id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/workspaces',
      operationId: 'listAdminWorkspaces',
      summary: 'The workspace with what is in it, as an array of one',
      tags,
      authority: owner,
      responses: {
        200: z.array(
          z.object({
            ...workspaceParts,
            created_at: timeField,
            updated_at: timeField,
            _count_members: z.int(),
            _count_agents: z.int(),
            _count_crews: z.int(),
          }),
        ),
      },
      handler: async (ctx) => ok(await readAdminWorkspaces(reads, ctx.workspace.id)),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/health',
      operationId: 'getAdminHealth',
      summary: 'What the instance depends on, what waits in it, and this process',
      tags,
      authority: { access: 'operator' },
      responses: {
        200: readinessSchema.extend({
          queues: queuesAnswer,
          process: z.object({ uptime_seconds: z.int(), resident_mb: z.int(), heap_used_mb: z.int() }),
        }),
      },
      handler: async () => {
        const [readiness, queues] = await Promise.all([checkReadiness(deps.probes), readQueues(systemReads)]);
        const { rss, heapUsed } = process.memoryUsage();
        const process_ = {
          uptime_seconds: Math.floor(process.uptime()),
          resident_mb: Math.round(rss / 1_048_576),
          heap_used_mb: Math.round(heapUsed / 1_048_576),
        };
        return ok({ ...readiness, queues, process: process_ });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/security-posture',
      operationId: 'getSecurityPosture',
      summary: 'Settings that guard the instance, and what to look at',
      tags,
      authority: { access: 'operator' },
      responses: {
        200: z.object({
          production: z.boolean(),
          https: z.boolean().describe('people reach it by an https address'),
          signup_open: z.boolean(),
          internal_open_to_any: z.boolean().describe('sidecars may call from public addresses'),
          egress_to_private_networks: z.boolean(),
          trusted_proxies: z.boolean(),
          warnings: z.array(z.object({ key: z.string(), severity: z.enum(['notice', 'warn']), message: z.string() })),
        }),
      },
      handler: () => ok(postureOf(deps.posture)),
    }),
  ];
}
