import type { JournalCursor } from '../../../domain/evidence/journal/journal-filter.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** What happened to a credential, as the journal has it. */
export interface CredentialAuditRow {
  readonly id: string;
  readonly entry_type: string;
  readonly agent_id: string | null;
  readonly actor_type: string;
  readonly actor_id: string | null;
  readonly ip_address: string | null;
  readonly metadata: JsonObject;
  readonly occurred_at: string;
}

/** The entries about a credential, newest first, strictly before `cursor` where there is one. */
export function listCredentialAudit(
  reads: ReadPool,
  workspaceId: string,
  credentialId: string,
  page: { readonly limit: number; readonly cursor: JournalCursor | null },
): Promise<readonly CredentialAuditRow[]> {
  const { cursor } = page;
  const before =
    cursor === null ? sql.fragment`` : sql.fragment`AND (e.ts, e.id) < (${cursor.ts}::timestamptz, ${cursor.id})`;
  return reads.any<CredentialAuditRow>(
    [workspaceId],
    sql`
      SELECT e.id, e.entry_type, e.agent_id, e.actor_type, e.actor_id, e.address AS ip_address, e.payload AS metadata,
        e.ts AS occurred_at
      FROM journal_entries e
      WHERE e.workspace_id = ${workspaceId} AND e.target_type = 'credential' AND e.target_id = ${credentialId} ${before}
      ORDER BY e.ts DESC, e.id DESC LIMIT ${page.limit}`,
  );
}
