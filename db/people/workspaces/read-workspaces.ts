import { capabilitiesOf } from '../../../domain/kernel/access/capability.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Workspace } from '../../../domain/people/workspaces/workspace.ts';
import { nextCursor, oldestFirst, type Page, type PageRequest, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = oldestFirst('w');

const selectWorkspace = (userId: string): Fragment => sql.fragment`
  SELECT w.id, w.name, w.slug, w.preferred_language, w.allow_privileged_credentials, w.default_agent_id,
    w.logo_url, w.run_retention_days, w.credential_audit_retention_days, w.audit_log_retention_days,
    w.paused_at,
    w.created_at, w.updated_at, m.role AS "currentUserRole", m.capabilities AS set_capabilities,
    jsonb_build_object(
      'crews', (SELECT count(*) FROM crews c WHERE c.workspace_id = w.id AND c.deleted_at IS NULL),
      'agents', (SELECT count(*) FROM agents a WHERE a.workspace_id = w.id AND a.deleted_at IS NULL),
      'members', (SELECT count(*) FROM memberships o WHERE o.workspace_id = w.id)) AS _count
  FROM workspaces w
    JOIN memberships m ON m.workspace_id = w.id AND m.user_id = ${userId} AND m.disabled_at IS NULL
  WHERE w.deleted_at IS NULL`;

type Row = Omit<Workspace, 'currentUserCapabilities'> & { readonly set_capabilities: readonly string[] | null };

function toWorkspace({ set_capabilities: set, ...row }: Row): Workspace {
  return { ...row, currentUserCapabilities: capabilitiesOf(row.currentUserRole, set) };
}

/** The caller's workspaces, oldest first. `workspaceIds`: those the caller's credential may enter. */
export async function listWorkspaces(
  reads: ReadPool,
  workspaceIds: readonly string[],
  userId: string,
  page: PageRequest,
): Promise<Page<Workspace>> {
  const rows = await reads.any<Row>(
    workspaceIds,
    sql`SELECT w.*, ${ORDER.key} FROM (
        ${selectWorkspace(userId)} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}
      ) w ORDER BY ${ORDER.by}`,
  );
  return { rows: rows.map(toWorkspace), total: workspaceIds.length, next: nextCursor(rows, page) };
}

/** One workspace as this member sees it. */
export async function getWorkspace(reads: ReadPool, workspaceId: string, userId: string): Promise<Workspace> {
  const row = await reads.maybeOne<Row>([workspaceId], sql`${selectWorkspace(userId)} AND w.id = ${workspaceId}`);
  if (row === null) throw notFound('workspace');
  return toWorkspace(row);
}

/** The same inside a transaction that changed it. */
export async function getWorkspaceIn(tx: Tx, workspaceId: string, userId: string): Promise<Workspace> {
  const row = await tx.maybeOne<Row>(sql`${selectWorkspace(userId)} AND w.id = ${workspaceId}`);
  if (row === null) throw notFound('workspace');
  return toWorkspace(row);
}
