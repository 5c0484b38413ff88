import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { LINK_SECONDS, type LinkPurpose } from '../../../domain/people/accounts/account-rules.ts';

/** Makes a link count; an older one of the same purpose does not any more. */
export async function issueLink(
  tx: Tx,
  link: {
    readonly purpose: LinkPurpose;
    readonly userId: string;
    readonly tokenHash: Buffer;
    readonly provesAddress: boolean;
  },
): Promise<void> {
  await tx.execute(sql`
    INSERT INTO one_time_tokens (token_hash, purpose, user_id, proves_address, expires_at)
    VALUES (${sql.binary(link.tokenHash)}, ${link.purpose}, ${link.userId}, ${link.provesAddress},
      now() + make_interval(secs => ${LINK_SECONDS[link.purpose]}::double precision))
    ON CONFLICT (user_id, purpose) DO UPDATE SET token_hash = excluded.token_hash,
      proves_address = excluded.proves_address, expires_at = excluded.expires_at, created_at = now()`);
}

/** Whose link it was. */
export interface TakenLink {
  readonly user_id: string;
  readonly purpose: LinkPurpose;
  readonly proves_address: boolean;
  readonly email: string;
}

/**
 * Uses a link: of any number who use it, one gets whose it is. Null: unknown, used, replaced, over, or of somebody who
 * is disabled.
 */
export async function takeLink(tx: Tx, purposes: readonly LinkPurpose[], tokenHash: Buffer): Promise<TakenLink | null> {
  return tx.maybeOne<TakenLink>(sql`
    DELETE FROM one_time_tokens t USING users u
    WHERE t.token_hash = ${sql.binary(tokenHash)} AND t.purpose = ANY (${sql.array([...purposes], 'text')})
      AND t.expires_at > now() AND u.id = t.user_id AND u.disabled_at IS NULL
    RETURNING t.user_id, t.purpose, t.proves_address, u.email`);
}
