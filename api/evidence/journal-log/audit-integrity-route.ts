import { z } from 'zod';
import type { SigningKeys } from '../../../commands/instance/keys/signing-keys.ts';
import {
  type JournalStream,
  readLogSize,
  readNewestCheckpoint,
} from '../../../db/evidence/journal-log/journal-log-store.ts';
import { verifyJournal } from '../../../db/evidence/journal-log/verify-journal.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { parseCheckpoint } from '../../../domain/evidence/journal-log/checkpoint.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { TILE_WIDTH } from '../../../platform/merkle/merkle-tree.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { clientGone } from '../../http/waits/client-gone.ts';
import { journalFault } from './journal-log-schemas.ts';

const segmentField = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const integrityQuery = z.object({
  workspace_id: idField.optional(),
  from_segment: segmentField.default(1).describe('the first that is read; a segment is 256 entries'),
  to_segment: segmentField.optional().describe('the last that is read; default: the newest'),
});
const integrityAnswer = z.object({
  ok: z.boolean().describe('no break was found'),
  segments: z.int().describe('segments that were read'),
  entries: z.int().describe('entries that were read, of those that are sealed'),
  first_break: journalFault.extend({ segment: z.int().nullable() }).nullable(),
  tip: z
    .object({ seq: z.int().describe('sealed entries'), root: z.string().describe('base64'), signed_at: timeField })
    .nullable()
    .describe('the newest checkpoint; null: nothing is sealed yet'),
});

const segmentOf = (position: number): number => Math.floor((position - 1) / TILE_WIDTH) + 1;

/** Whether what people did is as it was written: docs/contracts/journal-log.md, Verifying. */
export function createAuditIntegrityRoute(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly journalKeys: Pick<SigningKeys, 'verifier'>;
}): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/audit/integrity',
      operationId: 'getAuditIntegrity',
      summary: 'Hold segments of the workspace’s audit against its log',
      description: 'The audit is the journal: a break is an answer, too. `/admin/journal/verify` says more of each.',
      tags: ['Audit'],
      authority: { access: 'member', action: 'manage', scope: 'journal:read' },
      query: integrityQuery,
      isLongLived: true,
      responses: { 200: integrityAnswer },
      handler: async (ctx) => {
        const stream: JournalStream = {
          stream: ctx.workspace.id,
          reads: deps.database.reads,
          workspaceIds: [ctx.workspace.id],
        };
        const { from_segment: from, to_segment: to } = ctx.query;
        if (to !== undefined && to < from) throw invalidField('to_segment', 'must not be before from_segment');
        const all = Math.ceil((await readLogSize(stream)) / TILE_WIDTH);
        if (from > Math.max(1, all)) throw invalidField('from_segment', `the journal has ${all} segments`);
        const range = {
          after: (from - 1) * TILE_WIDTH,
          upTo: to === undefined ? Number.MAX_SAFE_INTEGER : Math.min(to, all) * TILE_WIDTH,
        };
        const client = clientGone(ctx.request.raw);
        try {
          const keys = (kid: string) => deps.journalKeys.verifier(kid);
          const { faults, size } = await verifyJournal(stream, { keys, range, signal: client.signal });
          const [first] = faults;
          const tip = await readNewestCheckpoint(stream);
          const upTo = Math.min(size, range.upTo);
          return ok({
            ok: first === undefined,
            segments: upTo > range.after ? segmentOf(upTo) - from + 1 : 0,
            entries: Math.max(0, upTo - range.after),
            first_break:
              first === undefined
                ? null
                : {
                    kind: first.kind,
                    position: first.position,
                    after: first.after,
                    entry_id: first.entryId,
                    detail: first.detail,
                    segment: first.position === null ? null : segmentOf(first.position),
                  },
            tip:
              tip === null
                ? null
                : { seq: tip.size, root: parseCheckpoint(tip.note)?.root ?? '', signed_at: tip.signedAt },
          });
        } finally {
          client.release();
        }
      },
    }),
  ];
}
