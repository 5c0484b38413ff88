import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Invitation } from '../../../domain/people/members/member.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = newestFirst('i');

const columns = sql.fragment`
  i.id, i.workspace_id, i.email, i.role, i.invited_by, i.expires_at, i.accepted_at, i.created_at,
  CASE WHEN i.accepted_at IS NOT NULL THEN 'accepted' WHEN i.revoked_at IS NOT NULL THEN 'revoked'
    WHEN i.expires_at <= now() THEN 'expired' ELSE 'pending' END AS status,
  (SELECT jsonb_build_object('id', u.id, 'full_name', u.full_name) FROM users u WHERE u.id = i.invited_by) AS inviter`;

const pending = sql.fragment`i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()`;

/** Invitations that can still be redeemed, newest first. */
export async function listInvitations(
  reads: ReadPool,
  workspaceId: string,
  page: PageRequest,
): Promise<Page<Invitation>> {
  return readPage<Invitation>(
    reads,
    [workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM invitations i
      WHERE i.workspace_id = ${workspaceId} AND ${pending} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM invitations i WHERE i.workspace_id = ${workspaceId} AND ${pending}`,
  );
}

/** An invitation, over or not. Throws `not_found`. */
export async function getInvitationIn(tx: Tx, id: string): Promise<Invitation> {
  const row = await tx.maybeOne<Invitation>(sql`SELECT ${columns} FROM invitations i WHERE i.id = ${id}`);
  if (row === null) throw notFound('invitation');
  return row;
}
