import type { KeyPurpose, PublicJwk } from '../../../domain/instance/keys/instance-key.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** A key of the instance whose signatures count. */
export interface InstanceKeyRow {
  /** Its `kid`. */
  readonly id: string;
  readonly public_jwk: PublicJwk;
  /** Of the one that signs; null for those before it. */
  readonly sealed_private: string | null;
  readonly verifies_until: string | null;
}

const columns = sql.fragment`id, public_jwk, sealed_private, verifies_until`;
const counts = sql.fragment`(verifies_until IS NULL OR verifies_until > now())`;

/** Keys of one purpose that count, the one that signs first. */
export async function listKeysOf(systemReads: ReadPool, purpose: KeyPurpose): Promise<InstanceKeyRow[]> {
  return systemReads.any<InstanceKeyRow>(
    [],
    sql`SELECT ${columns} FROM instance_keys WHERE purpose = ${purpose} AND ${counts}
        ORDER BY retired_at DESC NULLS FIRST, id LIMIT 1000`,
  );
}

/** Keys of all purposes that count, by age. */
export async function listPublishedKeys(systemReads: ReadPool): Promise<Pick<InstanceKeyRow, 'id' | 'public_jwk'>[]> {
  return systemReads.any(
    [],
    sql`SELECT id, public_jwk FROM instance_keys WHERE ${counts} ORDER BY created_at, id LIMIT 1000`,
  );
}
