import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import { retryParkedCommands } from '../../../commands/instance/outbox/retry-parked-commands.ts';
import { timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { listParkedCommands } from '../../../db/instance/outbox/list-parked-commands.ts';

const commandId = z.string().regex(/^[0-9]{1,18}$/, 'must be the id of a parked command');

const parkedAnswer = z.object({
  id: z.string(),
  workspace_id: z.string().nullable(),
  kind: z.enum(['workflow', 'wake']),
  target: z.string().describe('workflow id, or topic and id of those to wake'),
  error_code: z.string().nullable().describe('why it was refused'),
  attempts: z.int(),
  request_id: z.string().nullable(),
  created_at: timeField,
  parked_at: timeField,
});

/** Commands that were refused for good. They belong to the instance: an operator looks at them and tries them again. */
export function createOutboxRoutes(deps: { readonly database: Pick<Database, 'systemReads'> }): Route[] {
  const common = { tags: ['Outbox'], authority: { access: 'operator' } } as const;
  return [
    defineRoute({
      ...common,
      method: 'GET',
      url: '/api/v1/outbox/parked',
      operationId: 'listParkedCommands',
      summary: 'List parked commands, the latest first',
      query: z.object(pageQuery({ defaultLimit: 50 })),
      responses: { 200: z.array(parkedAnswer) },
      handler: async (ctx) => {
        const page = await listParkedCommands(deps.database.systemReads, ctx.query);
        return ok([...page.rows], pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: '/api/v1/outbox/parked/retry',
      operationId: 'retryParkedCommands',
      summary: 'Try parked commands again',
      description: 'All of them or, when one is not parked, none.',
      body: z.strictObject({ command_ids: z.array(commandId).min(1).max(100) }),
      responses: { 200: z.object({ retried: z.int() }) },
      errors: ['not_found'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const ids = [...new Set(ctx.body.command_ids)];
          await retryParkedCommands(tx, ids, ctx.actor);
          return ok({ retried: ids.length });
        }),
    }),
  ];
}
