import { z } from 'zod';
import { setLogLevel } from '../../../commands/instance/admin/set-log-level.ts';
import { readLogLevel } from '../../../db/instance/admin/log-level-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { LOG_LEVELS } from '../../../domain/instance/admin/log-level.ts';
import { timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const DAY_SECONDS = 86_400;
const levelAnswer = z.object({
  level: z.string().describe('what processes log at least; of the API’s configuration where nobody set one'),
  expires_at: timeField.nullable().describe('when each process goes back to its own; null: nobody set one'),
});

/** How much all processes log: docs/contracts/system.md, Administration. */
export function createLogLevelRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  /** As this process is configured. */
  readonly logLevel: string;
}): Route[] {
  const common = { tags: ['Administration'], authority: { access: 'operator' } } as const;
  const url = '/api/v1/admin/log-level';
  return [
    defineRoute({
      ...common,
      method: 'GET',
      url,
      operationId: 'getLogLevel',
      summary: 'What all processes log at least',
      responses: { 200: levelAnswer },
      handler: async () => {
        const found = await readLogLevel(deps.database.systemReads);
        return ok({ level: found?.level ?? deps.logLevel, expires_at: found?.expires_at ?? null });
      },
    }),
    defineRoute({
      ...common,
      method: 'PUT',
      url,
      operationId: 'putLogLevel',
      summary: 'Set what all processes log at least, for a while',
      description:
        'In every process within a second; after `ttl_seconds` each goes back to what it is configured with.',
      body: z.strictObject({
        level: z.enum(LOG_LEVELS),
        ttl_seconds: z.int().min(1).max(DAY_SECONDS).default(3_600),
      }),
      responses: { 200: levelAnswer },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { level, ttl_seconds: ttlSeconds } = ctx.body;
          return ok(await setLogLevel(tx, { level, ttlSeconds }, ctx.actor));
        }),
    }),
  ];
}
