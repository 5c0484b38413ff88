import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** An open invitation as whoever holds its token sees it. */
export interface OpenInvitation {
  readonly workspace_name: string;
  readonly email: string;
  readonly role: Role;
}

/** Whose token this is while it can be redeemed; looking at it uses nothing up. Null for every other one. */
export async function findOpenInvitation(systemReads: ReadPool, tokenHash: Buffer): Promise<OpenInvitation | null> {
  return systemReads.maybeOne<OpenInvitation>(
    [],
    sql`SELECT w.name AS workspace_name, i.email, i.role FROM invitations i
        JOIN workspaces w ON w.id = i.workspace_id AND w.deleted_at IS NULL
        WHERE i.token_hash = ${sql.binary(tokenHash)} AND i.accepted_at IS NULL AND i.revoked_at IS NULL
          AND i.expires_at > now()`,
  );
}
