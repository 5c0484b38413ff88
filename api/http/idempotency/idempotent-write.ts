import type { FastifyRequest } from 'fastify';
import {
  claimIdempotencyKey,
  type IdempotentRequest,
  storeIdempotentAnswer,
} from '../../../db/instance/idempotency/idempotency-store.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';

/** An answer as a route gives it. */
interface Answer {
  readonly status: number | string | symbol;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** 1 to 255 visible ASCII characters and blanks. */
const KEY_PATTERN = /^[\x20-\x7e]{1,255}$/;

/** JSON with sorted keys: the same document in another key order is the same request. */
function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, member: unknown) =>
      typeof member === 'object' && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
        : member,
    ) ?? ''
  );
}

/** The request's key, if it has one. Throws `invalid_request` for what is none, also where nothing would ask for it. */
export function idempotencyKeyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && KEY_PATTERN.test(key)) return key;
  throw invalidField('Idempotency-Key', 'must be 1 to 255 visible ASCII characters');
}

/**
 * What identifies a keyed request; null when it carries no Idempotency-Key. Its body may hold a password: `digest` is
 * keyed, so that what is stored is no way to try guesses.
 */
export function idempotentRequest(
  request: FastifyRequest,
  caller: { readonly principalId: string; readonly workspaceId: string | null },
  digest: (text: string) => Buffer,
): IdempotentRequest | null {
  const key = idempotencyKeyOf(request);
  if (key === null) return null;
  const text = `${request.method} ${request.url.split('?', 1)[0]}\n${canonicalJson(request.body)}`;
  return {
    principalId: caller.principalId,
    workspaceId: caller.workspaceId ?? 'instance',
    key,
    requestHash: digest(text),
  };
}

/**
 * Runs a write under its key, inside the write's transaction. What is guaranteed: the write happens once per key,
 * whatever dies in between, as its answer commits with it; a repetition within 24 hours gets that status and body with
 * `Idempotent-Replayed: true`; a repetition while the first runs gets 409. A refused request stores nothing and may be
 * repeated.
 */
export async function runIdempotently<Result extends Answer>(
  tx: Tx,
  request: IdempotentRequest,
  secretMembers: readonly string[],
  write: () => Promise<Result>,
): Promise<Result> {
  const earlier = await replayOf<Result>(tx, request);
  if (earlier !== null) return earlier;
  const result = await write();
  await storeIdempotentAnswer(tx, request, {
    status: Number(result.status),
    response: withoutSecrets(result.body, secretMembers),
  });
  return result;
}

/** The answer that was given under the key before, as it is given again; null takes the key for this transaction. */
export async function replayOf<Result extends Answer>(tx: Tx, request: IdempotentRequest): Promise<Result | null> {
  const stored = await claimIdempotencyKey(tx, request);
  if (stored === null) return null;
  return {
    status: stored.status,
    body: stored.response,
    headers: { 'idempotent-replayed': 'true' },
  } as Answer as Result;
}

function withoutSecrets(body: unknown, secretMembers: readonly string[]): unknown {
  if (secretMembers.length === 0 || typeof body !== 'object' || body === null) return body;
  return { ...body, ...Object.fromEntries(secretMembers.map((name) => [name, null])) };
}
