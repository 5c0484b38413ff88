import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { MAX_OPEN_PAIRINGS, PAIRING_SECONDS } from '../../../domain/people/accounts/account-rules.ts';
import { insertToken, refuseAdminParent } from '../identity/token-commands.ts';

export interface NewPairing {
  readonly userId: string;
  readonly codeDigest: Buffer;
  readonly adapterHint: string | null;
  /** What it is asked with: the token that comes of it is no wider, and comes only while this is live. */
  readonly tokenId: string | null;
  readonly sessionId: string | null;
  readonly scopes: readonly string[] | null;
}

/** Lets a program be paired by a code for ten minutes. Throws `limit_reached`. A system transaction. */
export async function startPairing(
  tx: Tx,
  pairing: NewPairing,
  actor: Actor,
): Promise<{ readonly expires_at: string }> {
  const { userId, adapterHint } = pairing;
  if (pairing.tokenId !== null) await refuseAdminParent(tx, pairing.tokenId);
  const { open } = await tx.one<{ open: number }>(sql`
    SELECT count(*) AS open FROM pairing_codes
    WHERE user_id = ${userId} AND consumed_at IS NULL AND expires_at > now()`);
  if (open >= MAX_OPEN_PAIRINGS) throw new CrewshipError('limit_reached', `at most ${MAX_OPEN_PAIRINGS} open codes`);
  const scopes = pairing.scopes === null ? sql.fragment`NULL::text[]` : sql.array([...pairing.scopes], 'text');
  const row = await tx.one<{ expires_at: string }>(sql`
    INSERT INTO pairing_codes (code_digest, user_id, adapter_hint, parent_token_id, session_id, scopes, expires_at)
    VALUES (${sql.binary(pairing.codeDigest)}, ${userId}, ${adapterHint}, ${pairing.tokenId}, ${pairing.sessionId},
      ${scopes}, now() + make_interval(secs => ${PAIRING_SECONDS}::double precision))
    RETURNING expires_at`);
  tx.journal({
    actor,
    workspaceId: null,
    targetType: 'user',
    targetId: userId,
    type: 'auth.pairing_started',
    summary: 'a code to pair a program was made',
    payload: { adapter_hint: adapterHint },
  });
  return row;
}

export interface Paired {
  readonly user_id: string;
  readonly email: string;
}

/**
 * Takes a code for a CLI token: of any number who show it, one gets the token. Null: unknown, used, over, of a
 * credential that is not live any more, or for another program. A system transaction.
 */
export async function redeemPairing(
  tx: Tx,
  redemption: {
    readonly codeDigest: Buffer;
    readonly adapterHint: string | null;
    readonly token: { readonly hash: Buffer; readonly prefix: string };
  },
  nobody: Actor,
): Promise<Paired | null> {
  const taken = await tx.maybeOne<
    Paired & { adapter_hint: string | null; parent_token_id: string | null; scopes: readonly string[] | null }
  >(sql`
    UPDATE pairing_codes p SET consumed_at = now(), adapter_hint = coalesce(p.adapter_hint, ${redemption.adapterHint})
    FROM users u
    WHERE p.code_digest = ${sql.binary(redemption.codeDigest)} AND p.consumed_at IS NULL AND p.expires_at > now()
      AND (p.adapter_hint IS NULL OR p.adapter_hint = coalesce(${redemption.adapterHint}, p.adapter_hint))
      AND u.id = p.user_id AND u.disabled_at IS NULL
      AND (p.session_id IS NULL OR EXISTS (SELECT 1 FROM auth_sessions s
        WHERE s.id = p.session_id AND s.revoked_at IS NULL AND s.expires_at > now()))
      AND (p.parent_token_id IS NULL OR EXISTS (SELECT 1 FROM access_tokens t
        WHERE t.id = p.parent_token_id AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())))
    RETURNING p.user_id, u.email, p.adapter_hint, p.parent_token_id, p.scopes`);
  if (taken === null) return null;
  const { user_id: userId, email, adapter_hint: hint } = taken;
  const actor: Actor = { ...nobody, id: userId };
  await insertToken(
    tx,
    {
      name: hint === null ? 'paired' : `paired ${hint}`,
      userId,
      tier: 'STANDARD',
      hash: redemption.token.hash,
      prefix: redemption.token.prefix,
      scopes: taken.scopes,
      expiresInSeconds: null,
      parentTokenId: taken.parent_token_id,
    },
    actor,
  );
  tx.journal({
    severity: 'notice',
    actor,
    workspaceId: null,
    targetType: 'user',
    targetId: userId,
    type: 'auth.pairing_redeemed',
    summary: 'a program was paired',
    payload: { adapter_hint: hint },
  });
  return { user_id: userId, email };
}
