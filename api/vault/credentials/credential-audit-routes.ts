import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import { getCredential } from '../../../db/vault/credentials/credentials-store.ts';
import { listCredentialAudit } from '../../../db/vault/credentials/list-credential-audit.ts';
import { credentialAuditEvent } from '../../../domain/vault/credentials/credential-audit.ts';
import { decodeCursor, encodeCursor } from '../../evidence/journal/journal-schemas.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { credentialParams } from './credential-schemas.ts';
import { visibleTo } from './visible-to.ts';

const auditQuery = z.object({
  workspace_id: idField.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('most items to return'),
  cursor: z.string().max(256).optional().describe('of the page before: its `Link` with `rel="next"` has it'),
});
const auditAnswer = z.object({
  id: z.string(),
  event_type: z.string().describe('CREATED, USE, ROTATE, TEST, REVEAL, REVOKE, LEASED and others'),
  agent_id: z.string().nullable(),
  actor_type: z.string(),
  actor_id: z.string().nullable(),
  ip_address: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()).describe('what the entry of the journal says; never a value'),
  occurred_at: timeField,
});

/** What happened to a credential: docs/contracts/credentials.md, Audit. */
export function createCredentialAuditRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/credentials/:credentialId/audit',
      operationId: 'listCredentialAudit',
      summary: 'List what happened to a credential, newest first',
      tags: ['Credentials'],
      authority: { access: 'member', action: 'create', scope: 'credentials:read' },
      params: credentialParams,
      query: auditQuery,
      responses: { 200: z.array(auditAnswer) },
      handler: async (ctx) => {
        const { credentialId } = ctx.params;
        const { limit } = ctx.query;
        const cursor = decodeCursor(ctx.query.cursor);
        await getCredential(reads, ctx.workspace.id, credentialId, visibleTo(ctx));
        const found = await listCredentialAudit(reads, ctx.workspace.id, credentialId, { limit: limit + 1, cursor });
        const rows = found.slice(0, limit);
        const last = rows.at(-1);
        const [path, query] = ctx.request.url.split('?', 2);
        const next = new URLSearchParams(query);
        if (last !== undefined) next.set('cursor', encodeCursor({ ts: last.occurred_at, id: last.id }));
        return ok(
          rows.map(({ entry_type: type, ...row }) => ({
            ...row,
            event_type: credentialAuditEvent(type, row.metadata.to),
          })),
          found.length > limit ? { link: `<${path}?${next.toString()}>; rel="next"` } : {},
        );
      },
    }),
  ];
}
