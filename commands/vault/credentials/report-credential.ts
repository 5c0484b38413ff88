import type { Actor } from '../../../domain/kernel/access/authority.ts';
import {
  type CredentialStatus,
  canReport,
  PROVIDER_KEY_TYPES,
  SECRET_FIELD,
} from '../../../domain/vault/credentials/credential.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { tellCredential } from '../../../db/vault/credentials/tell-credential.ts';
import { lockCredential } from '../../../db/vault/credentials/credentials-store.ts';
import { usableBy } from '../../../db/vault/credentials/list-crew-credentials.ts';

export interface CredentialReport {
  readonly status: CredentialStatus;
  readonly lastError: string | null;
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  readonly tokenExpiresAt: string | null;
}

/**
 * What a crew found a credential to be when it used it. What others use too stays theirs: a crew may say that it does
 * not work, but it neither revokes it nor puts another token in its place, which would send their work elsewhere.
 * Throws
 * `not_found` for one that the crew may not use, `forbidden`, `wrong_state`.
 */
export async function reportCredential(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  ref: { readonly credentialId: string; readonly crewId: string },
  report: CredentialReport,
  actor: Actor,
): Promise<{ status: CredentialStatus; last_checked_at: string }> {
  const credential = await lockCredential(tx, ref.credentialId);
  const use = await tx.maybeOne<{ shared: boolean }>(sql`
    SELECT c.scope = 'WORKSPACE'
      OR EXISTS (SELECT 1 FROM credential_crews k WHERE k.credential_id = c.id AND k.crew_id <> ${ref.crewId})
      OR EXISTS (
        SELECT 1 FROM credential_grants g JOIN agents a ON a.id = g.agent_id
        WHERE g.credential_id = c.id AND a.crew_id IS DISTINCT FROM ${ref.crewId})
      OR EXISTS (
        SELECT 1 FROM credential_bindings b LEFT JOIN agents a ON a.id = b.agent_id
        WHERE b.credential_id = c.id AND coalesce(b.crew_id, a.crew_id) IS DISTINCT FROM ${ref.crewId}) AS shared
    FROM credentials c WHERE c.id = ${credential.id} AND ${usableBy(ref.crewId)}
      AND c.type = ANY (${sql.array([...PROVIDER_KEY_TYPES], 'text')})`);
  if (use === null) throw notFound('credential');
  const changesIt = report.status === 'REVOKED' || report.accessToken !== null || report.refreshToken !== null;
  if (changesIt && use.shared) {
    throw new CrewshipError('forbidden', 'others use this credential too: its tokens and its end are not this crew’s');
  }
  if (!canReport(credential.status, report.status)) throw wrongState('credential', credential.status);
  const seal = (text: string | null, field: string) =>
    text === null ? null : ring.seal(text, { workspaceId: credential.workspace_id, ownerId: credential.id, field });
  const row = await tx.one<{ last_checked_at: string }>(sql`
    UPDATE credentials SET status = ${report.status}, last_error = ${report.lastError}, last_checked_at = now(),
      sealed_value = coalesce(${seal(report.accessToken, SECRET_FIELD.value)}, sealed_value),
      sealed_refresh_token = coalesce(${seal(report.refreshToken, SECRET_FIELD.refreshToken)}, sealed_refresh_token),
      token_expires_at = coalesce(${report.tokenExpiresAt}::timestamptz, token_expires_at), updated_at = now()
    WHERE id = ${credential.id} RETURNING last_checked_at`);
  if (report.status === 'REVOKED') tellCredential(tx, credential.workspace_id, credential.id);
  if (report.status !== credential.status) {
    tx.journal({
      type: 'credential.status_change',
      severity: report.status === 'ACTIVE' ? 'info' : 'warn',
      actor,
      workspaceId: credential.workspace_id,
      crewId: ref.crewId,
      targetType: 'credential',
      targetId: credential.id,
      summary: `credential ${credential.status} → ${report.status}`,
      payload: { from: credential.status, to: report.status },
    });
  }
  return { status: report.status, last_checked_at: row.last_checked_at };
}
