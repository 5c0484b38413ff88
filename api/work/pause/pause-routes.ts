import { z } from 'zod';
import { pauseScope, unpauseScope } from '../../../commands/engine/pause/pause-scope.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { PAUSE_MODES, type PauseScopeKind } from '../../../domain/work/pause/pause.ts';
import { idField, optionalBody, refField, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const answer = z.object({
  id: z.string(),
  paused_at: timeField.nullable(),
  ended: z.int().describe('attempts that were asked to end; each is run once more when the pause is over'),
});
const pauseBody = optionalBody(
  z.strictObject({
    running: z
      .enum(PAUSE_MODES)
      .default('continue')
      .describe('what becomes of attempts that run: `end` ends them, to run once more afterwards'),
  }),
);

/** Lets workspaces, crews and agents begin nothing for now: docs/contracts/missions.md, Pause. */
export function createPauseRoutes({ database }: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = database;
  const scopes = [
    {
      kind: 'workspace',
      pause: { operationId: 'pauseWorkspace' },
      unpause: { operationId: 'unpauseWorkspace' },
      url: '/api/v1/workspaces/:workspaceId',
      params: z.object({ workspaceId: idField }),
      authority: { access: 'member', action: 'manage', scope: 'workspace:admin' },
      tags: ['Workspaces'],
      find: async (workspaceId: string) => workspaceId,
    },
    {
      kind: 'crew',
      pause: { operationId: 'pauseCrew' },
      unpause: { operationId: 'unpauseCrew' },
      url: '/api/v1/crews/:crewId',
      params: z.object({ crewId: refField }),
      authority: { access: 'member', action: 'create', scope: 'crews:write' },
      tags: ['Crews'],
      find: async (workspaceId: string, ref: string) => (await resolveCrew(reads, workspaceId, ref)).id,
    },
    {
      kind: 'agent',
      pause: { operationId: 'pauseAgent' },
      unpause: { operationId: 'unpauseAgent' },
      url: '/api/v1/agents/:agentId',
      params: z.object({ agentId: refField }),
      authority: { access: 'member', action: 'create', scope: 'agents:write' },
      tags: ['Agents'],
      find: async (workspaceId: string, ref: string) => (await resolveAgent(reads, workspaceId, ref)).id,
    },
  ] as const;
  const nouns: Readonly<Record<PauseScopeKind, string>> = {
    workspace: 'all agents of the workspace',
    crew: 'a crew’s agents',
    agent: 'an agent',
  };

  /** What the path names: its one parameter. */
  const named = (params: object): string => Object.values(params)[0] as string;

  return scopes.flatMap(({ kind, pause, unpause, url, params, authority, tags, find }) => [
    defineRoute({
      method: 'POST',
      url: `${url}/pause`,
      ...pause,
      summary: `Let ${nouns[kind]} begin nothing more for now`,
      description:
        'What waits for a place goes on waiting, and clocks of missions stand. What runs goes on, or with `running: ' +
        'end` is ended, to run once more when the pause is over. Repeating it changes nothing else.',
      tags: [...tags],
      authority,
      params,
      body: pauseBody,
      responses: { 200: answer },
      errors: kind === 'workspace' ? [] : ['ambiguous_reference'],
      handler: async (ctx) => {
        const workspaceId = ctx.workspace.id;
        const id = await find(workspaceId, named(ctx.params));
        return ctx.write(async (tx) => {
          const scope = { kind, id, workspaceId };
          return ok({ id, ...(await pauseScope(tx, scope, ctx.body?.running ?? 'continue', ctx.actor)) });
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${url}/unpause`,
      ...unpause,
      summary: `Let ${nouns[kind]} go on`,
      description: 'Deadlines of missions move on by the time that their clocks stood. Repeating it changes nothing.',
      tags: [...tags],
      authority,
      params,
      responses: { 200: answer },
      errors: kind === 'workspace' ? [] : ['ambiguous_reference'],
      handler: async (ctx) => {
        const workspaceId = ctx.workspace.id;
        const id = await find(workspaceId, named(ctx.params));
        return ctx.write(async (tx) => ok({ id, ...(await unpauseScope(tx, { kind, id, workspaceId }, ctx.actor)) }));
      },
    }),
  ]);
}
