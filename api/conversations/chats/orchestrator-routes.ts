import { z } from 'zod';
import { readWorkspaceLoad } from '../../../db/conversations/chats/workspace-load.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { checkReadiness, type ReadinessProbe } from '../../instance/health/check-readiness.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { workspaceQuery } from './chat-schemas.ts';

const statusAnswer = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  version: z.string(),
  agents: z.object({ total: z.int(), running: z.int(), error: z.int() }),
  jobs: z.object({ queued: z.int(), running: z.int(), waiting: z.int() }),
  queues: z.object({
    runs_waiting: z.int().describe('attempts that wait for a place'),
    turns: z.int().describe('of sessions, under way'),
  }),
  degraded: z.array(z.string()).describe('parts of the instance that do not answer'),
});

/** How the instance and the workspace do, for every member: docs/contracts/conversations.md, Status. */
export function createOrchestratorRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly probes: readonly ReadinessProbe[];
  readonly build: { readonly version: string };
}): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/orchestrator/status',
      operationId: 'getOrchestratorStatus',
      summary: 'Say how the instance does, and what the workspace’s agents are at',
      tags: ['Chat'],
      authority: { access: 'member', action: 'read', scope: 'chat:read' },
      query: z.object(workspaceQuery),
      responses: { 200: statusAnswer },
      handler: async (ctx) => {
        const [{ status, checks }, load] = await Promise.all([
          checkReadiness(deps.probes),
          readWorkspaceLoad(deps.database.reads, ctx.workspace.id),
        ]);
        const degraded = Object.keys(checks).filter((name) => checks[name]!.status === 'down');
        return ok({ status, version: deps.build.version, ...load, degraded });
      },
    }),
  ];
}
