import type { z } from 'zod';
import type { JournalWriter } from '../../../commands/group-commit/journal-writer.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { recordRunEntry } from '../../../commands/engine/runs/record-run-entry.ts';
import { openEntry } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { accepted, defineRoute, type Route } from '../../http/kernel/route.ts';
import { claimScope, reportKey } from '../../crew-side/caller/claim-scope.ts';
import { emitAnswer, emitBody } from './journal-sidecar-schemas.ts';
import { findRunEntry } from '../../../db/work/runs/find-run-entry.ts';

const EMIT_BODY_BYTES = 65_536;

type Body = z.output<typeof emitBody>;

/** Entries that crews write about themselves: docs/contracts/internal-ipc.md, Journal. */
export function createInternalJournalRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly journalWriter: Pick<JournalWriter, 'emit'>;
}): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/journal/emit',
      operationId: 'emitJournalEntry',
      summary: 'Append a journal entry',
      description:
        'Answered when the entry is durable. Its actor and time are made here. `run.started`, `run.completed`, ' +
        '`run.failed`, `run.cancelled` and `run.timeout` also write the run, as the run routes do.',
      tags: ['Internal'],
      authority: { access: 'internal', ofEndedRuns: true },
      body: emitBody,
      responses: { 202: emitAnswer },
      errors: ['not_found', 'conflict', 'idempotency_mismatch'],
      limits: { bodyBytes: EMIT_BODY_BYTES, tooLarge: 'invalid_request' },
      handler: async (ctx) => {
        const { body } = ctx;
        const scope = claimScope(ctx.principal, body);
        const moment = momentOf(body);
        if (moment === null) {
          const entry = {
            ...openEntry(typeOf(body), body.payload as JsonObject),
            actor: ctx.actor,
            severity: body.severity,
            summary: body.summary,
            refs: { ...(body.refs as JsonObject), ...(body.ts === null ? {} : { reported_at: body.ts }) },
            spanId: body.span_id,
          };
          const { priority } = body;
          const key = reportKey(ctx.request, body.key);
          return accepted(await deps.journalWriter.emit({ ...scope, entry, priority, key }));
        }
        await ctx.write(async (tx) => {
          await recordRunEntry(tx, scope, moment, body.payload as JsonObject, ctx.actor);
          return accepted({ id: '' });
        });
        return accepted({ id: await findRunEntry(deps.database.reads, scope, moment) });
      },
    }),
  ];
}

const MOMENTS = {
  'run.started': 'RUNNING',
  'run.completed': 'COMPLETED',
  'run.failed': 'FAILED',
  'run.cancelled': 'CANCELLED',
  'run.timeout': 'TIMEOUT',
} as const;

function typeOf({ type, entry_type: entryType }: Body): string {
  return type ?? entryType!;
}

/** What an entry says about its run's row; null when nothing. */
function momentOf(body: Body): (typeof MOMENTS)[keyof typeof MOMENTS] | null {
  return MOMENTS[typeOf(body) as keyof typeof MOMENTS] ?? null;
}
