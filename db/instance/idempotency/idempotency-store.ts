import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Hours an answer is kept. */
const KEEP_HOURS = 24;

/** Whose key, and what was asked with it. */
export interface IdempotentRequest {
  readonly principalId: string;
  readonly workspaceId: string;
  readonly key: string;
  /** SHA-256 of method, path and body. */
  readonly requestHash: Buffer;
}

export interface StoredAnswer {
  readonly status: number;
  readonly response: unknown;
}

/**
 * Takes the key for this transaction and returns the answer of an earlier one, or null when this is the first. The
 * lock ends with the transaction and the answer commits with the write, so there is no state "in progress" that a
 * killed process could leave behind.
 *
 * Throws `idempotency_key_in_use` when another request holds the key right now, `idempotency_mismatch` when the key was
 * used for another request.
 */
export async function claimIdempotencyKey(tx: Tx, request: IdempotentRequest): Promise<StoredAnswer | null> {
  const lockName = `${request.principalId}/${request.workspaceId}/${request.key}`;
  const { locked } = await tx.one<{ locked: boolean }>(
    sql`SELECT pg_try_advisory_xact_lock(hashtextextended(${lockName}, 0)) AS locked`,
  );
  if (!locked)
    throw new CrewshipError('idempotency_key_in_use', 'a request with this Idempotency-Key is being carried out');
  const stored = await tx.maybeOne<StoredAnswer & { same: boolean }>(sql`
    SELECT status, response, request_hash = ${sql.binary(request.requestHash)} AS same FROM idempotency_keys
    WHERE principal_id = ${request.principalId} AND workspace_id = ${request.workspaceId} AND key = ${request.key}
      AND expires_at > now()`);
  if (stored === null) return null;
  if (!stored.same) {
    throw new CrewshipError('idempotency_mismatch', 'this Idempotency-Key was used with another request');
  }
  return { status: stored.status, response: stored.response };
}

/** Keeps the answer of the write that this transaction makes. */
export async function storeIdempotentAnswer(tx: Tx, request: IdempotentRequest, answer: StoredAnswer): Promise<void> {
  await tx.execute(sql`
    INSERT INTO idempotency_keys (principal_id, workspace_id, key, request_hash, status, response, expires_at)
    VALUES (${request.principalId}, ${request.workspaceId}, ${request.key}, ${sql.binary(request.requestHash)},
      ${answer.status}, ${sql.jsonb(answer.response ?? null)}, now() + make_interval(hours => ${KEEP_HOURS}))
    ON CONFLICT (principal_id, workspace_id, key) DO UPDATE SET request_hash = excluded.request_hash,
      status = excluded.status, response = excluded.response, created_at = now(), expires_at = excluded.expires_at`);
}
