import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface PairingState {
  readonly status: 'pending' | 'consumed' | 'expired';
  readonly adapter_hint: string | null;
  readonly expires_at: string;
}

/** What became of one's own code. Null: another's, or none. */
export async function findPairing(
  systemReads: ReadPool,
  userId: string,
  codeDigest: Buffer,
): Promise<PairingState | null> {
  return systemReads.maybeOne<PairingState>(
    [],
    sql`SELECT CASE WHEN consumed_at IS NOT NULL THEN 'consumed' WHEN expires_at <= now() THEN 'expired'
            ELSE 'pending' END AS status, adapter_hint, expires_at
        FROM pairing_codes WHERE code_digest = ${sql.binary(codeDigest)} AND user_id = ${userId}`,
  );
}
