import { z } from 'zod';
import { eraseActor } from '../../../commands/evidence/journal-log/erase-actor.ts';
import { idField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

/** People who are no longer named: docs/contracts/journal-log.md, Erasure. */
export function createErasureRoutes(): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/admin/instance-journal/erase',
      operationId: 'eraseJournalActor',
      summary: 'Erase who somebody was from the journals of all workspaces',
      description:
        'Cannot be undone: their id, addresses and programs are gone from every entry, and the salts with which ' +
        'their leaves could be tied to them. Leaves, proofs and kept checkpoints hold. What they do from then on is ' +
        'recorded.',
      tags: ['Journal'],
      authority: { access: 'operator' },
      body: z
        .strictObject({ actor_type: z.enum(['user', 'agent']), actor_id: idField })
        .meta({ example: { actor_type: 'user', actor_id: 'ckv0x7w0000008l0g0000' } }),
      responses: { 200: z.object({ entries: z.int().describe('that no longer name them') }) },
      handler: (ctx) => {
        const { actor_type: type, actor_id: id } = ctx.body;
        return ctx.write(async (tx) => ok({ entries: await eraseActor(tx, { type, id }, ctx.actor) }));
      },
    }),
  ];
}
