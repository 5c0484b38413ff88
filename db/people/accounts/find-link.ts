import type { LinkPurpose } from '../../../domain/people/accounts/account-rules.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** Whose link this is while it counts; looking at it uses nothing up. */
export async function findLink(
  systemReads: ReadPool,
  purposes: readonly LinkPurpose[],
  tokenHash: Buffer,
): Promise<{ readonly user_id: string; readonly purpose: LinkPurpose } | null> {
  return systemReads.maybeOne(
    [],
    sql`SELECT t.user_id, t.purpose FROM one_time_tokens t JOIN users u ON u.id = t.user_id
        WHERE t.token_hash = ${sql.binary(tokenHash)} AND t.purpose = ANY (${sql.array([...purposes], 'text')})
          AND t.expires_at > now() AND u.disabled_at IS NULL`,
  );
}
