import { z } from 'zod';
import { type DroppedAnswers, dropAnswers } from '../../../commands/money/llm/drop-answers.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findNamespaceId, readCacheStats } from '../../../db/money/llm/answer-cache-store.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { refField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const figures = {
  entries: z.int(),
  bytes: z.int(),
  hits: z.int(),
  misses: z.int(),
};
const statsAnswer = z.object({
  ...figures,
  hit_rate: z.number().describe('hits of all that was looked up, 0 to 1; 0 where nothing was'),
  by_agent: z
    .array(z.object({ agent_id: z.string().nullable().describe('null: calls for no agent'), ...figures }))
    .describe('by hits, at most 100'),
});

const invalidateBody = z
  .strictObject({
    all: z.literal(true).optional(),
    agent: refField.optional(),
    namespace: z.string().min(1).max(80).optional().describe('answers to prompts that held words of it'),
    model: z.string().min(1).max(256).optional().describe('its name, or `provider/name`'),
    older_than_s: z.int().min(0).max(31_536_000).optional(),
  })
  .refine((body) => Object.values(body).filter((value) => value !== undefined).length === 1, {
    message: 'takes exactly one of all, agent, namespace, model, older_than_s',
  })
  .meta({ example: { all: true } });

/** Answers of models that are kept: docs/contracts/llm.md, Answers that are kept. */
export function createAnswerCacheRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Administration'];
  const authority = { access: 'member', action: 'manage', scope: 'workspace:admin' } as const;

  /** Throws `not_found`, `ambiguous_reference`. */
  async function droppedBy(workspaceId: string, body: z.output<typeof invalidateBody>): Promise<DroppedAnswers> {
    if (body.agent !== undefined) {
      return { by: 'agent', agentId: (await resolveAgent(reads, workspaceId, body.agent)).id };
    }
    if (body.namespace !== undefined) {
      const namespaceId = await findNamespaceId(reads, workspaceId, body.namespace);
      if (namespaceId === null) throw notFound('namespace');
      return { by: 'namespace', namespaceId };
    }
    if (body.model !== undefined) return { by: 'model', model: body.model };
    if (body.older_than_s !== undefined) return { by: 'older_than_s', seconds: body.older_than_s };
    return { by: 'all' };
  }

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/cache',
      operationId: 'getAnswerCache',
      summary: 'Show how many answers of models are kept, and how often they were there',
      tags,
      authority,
      responses: { 200: statsAnswer },
      handler: async (ctx) => {
        const stats = await readCacheStats(reads, ctx.workspace.id);
        const asked = stats.hits + stats.misses;
        return ok({ ...stats, hit_rate: asked === 0 ? 0 : stats.hits / asked });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/admin/cache/invalidate',
      operationId: 'invalidateAnswerCache',
      summary: 'Drop kept answers of models',
      description: 'What is being asked for at this moment is not kept either.',
      tags,
      authority,
      body: invalidateBody,
      responses: { 200: z.object({ invalidated: z.int() }) },
      errors: ['not_found', 'ambiguous_reference'],
      handler: async (ctx) => {
        const dropped = await droppedBy(ctx.workspace.id, ctx.body);
        return ctx.write(async (tx) =>
          ok({ invalidated: await dropAnswers(tx, ctx.workspace.id, dropped, ctx.actor) }),
        );
      },
    }),
  ];
}
