import type { CredentialStatus } from '../../../domain/vault/credentials/credential.ts';
import { ascending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import { type CredentialFilter, visibleCredential } from './credentials-store.ts';
import { type ReachSource, reachOfAgent } from './reaching-credentials.ts';

const ORDER = listOrder(
  ascending('text', sql.fragment`b.slot`),
  ascending('time', sql.fragment`b.created_at`),
  ascending('text', sql.fragment`b.id`),
);

export const BINDING_SCOPES = ['WORKSPACE', 'CREW', 'AGENT'] as const;
export type BindingScope = (typeof BINDING_SCOPES)[number];

export interface CredentialBinding {
  readonly id: string;
  readonly credential_id: string;
  readonly credential_name: string;
  readonly scope: BindingScope;
  readonly crew_id: string | null;
  readonly agent_id: string | null;
  readonly slot: string;
  readonly created_at: string;
}

/** Bindings of a workspace by slot, of credentials that the caller may see. */
export function listBindings(
  reads: ReadPool,
  workspaceId: string,
  filter: Pick<CredentialFilter, 'seenBy'> & { readonly credentialId?: string | undefined },
  page: PageRequest,
): Promise<Page<CredentialBinding>> {
  const parts: Fragment[] = [sql.fragment`b.workspace_id = ${workspaceId} AND c.deleted_at IS NULL`];
  if (filter.seenBy !== null) parts.push(visibleCredential(filter.seenBy));
  if (filter.credentialId !== undefined) parts.push(sql.fragment`b.credential_id = ${filter.credentialId}`);
  const from = sql.fragment`
    FROM credential_bindings b JOIN credentials c ON c.id = b.credential_id
    WHERE ${sql.join(parts, sql.fragment` AND `)}`;
  return readPage<CredentialBinding>(
    reads,
    [workspaceId],
    sql`
      SELECT b.id, b.credential_id, c.name AS credential_name, b.scope, b.crew_id, b.agent_id, b.slot, b.created_at,
        ${ORDER.key}, count(*) OVER () AS total
      ${from} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total ${from}`,
  );
}

/** What an agent finds in a slot: the first of those that reach it. */
export interface AgentSlot {
  /** Null: a crew's credential, which goes by its own name. */
  readonly slot: string | null;
  readonly credential_id: string;
  readonly credential_name: string;
  readonly credential_status: CredentialStatus;
  readonly expired: boolean;
  readonly source: ReachSource;
}

/** What an agent finds in each of its slots. A grant that is over fills none. */
export function listAgentSlots(reads: ReadPool, workspaceId: string, agentId: string): Promise<readonly AgentSlot[]> {
  return reads.any<AgentSlot>(
    [workspaceId],
    sql`
      SELECT DISTINCT ON (coalesce(r.slot, c.id)) r.slot, c.id AS credential_id, c.name AS credential_name,
        c.status AS credential_status, coalesce(r.expires_at <= now(), false) AS expired, r.source
      FROM agents a CROSS JOIN LATERAL ${reachOfAgent({ runId: null })} r
      JOIN credentials c ON c.id = r.credential_id AND c.deleted_at IS NULL
      WHERE a.workspace_id = ${workspaceId} AND a.id = ${agentId}
      ORDER BY coalesce(r.slot, c.id), coalesce(r.expires_at <= now(), false), r.rank, r.priority DESC, r.created_at,
        r.id LIMIT 500`,
  );
}
