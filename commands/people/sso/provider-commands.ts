import { isForeignKeyViolation } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { providerColumns } from '../../../db/people/sso/sso-store.ts';
import type { Actor, Role } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { CLIENT_SECRET_FIELD, type SsoProvider } from '../../../domain/people/sso/sso.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';

/** Most providers of an instance. */
const MAX_PROVIDERS = 50;

export interface ProviderSettings {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined: the one that is there stays. Null: a client without one. */
  readonly clientSecret: string | null | undefined;
  readonly allowedDomains: readonly string[];
  readonly trustsEmail: boolean;
  readonly workspaceId: string | null;
  readonly role: Role | null;
  readonly isEnabled: boolean;
}

/**
 * Makes a provider or replaces what is set of it. Throws `invalid_request` for a workspace that does not exist, and
 * `limit_reached`. A system transaction.
 */
export async function saveProvider(
  tx: Tx,
  ring: Pick<KeyRing, 'seal'>,
  provider: ProviderSettings,
  actor: Actor,
): Promise<SsoProvider> {
  const { id, clientSecret } = provider;
  const { others } = await tx.one<{ others: number }>(sql`
    SELECT count(*) AS others FROM sso_providers WHERE id <> ${id}`);
  if (others >= MAX_PROVIDERS) throw new CrewshipError('limit_reached', `at most ${MAX_PROVIDERS} providers`);
  const context = { workspaceId: 'instance', ownerId: id, field: CLIENT_SECRET_FIELD };
  const sealed = clientSecret === undefined || clientSecret === null ? null : ring.seal(clientSecret, context);
  const keepsSecret = clientSecret === undefined;
  let row: SsoProvider;
  try {
    row = await tx.one<SsoProvider>(sql`
      INSERT INTO sso_providers AS p (id, name, issuer, client_id, sealed_client_secret, allowed_domains, trusts_email,
        join_workspace_id, join_role, is_enabled)
      VALUES (${id}, ${provider.name}, ${provider.issuer}, ${provider.clientId}, ${sealed},
        ${sql.array([...provider.allowedDomains], 'text')}, ${provider.trustsEmail}, ${provider.workspaceId},
        ${provider.role}, ${provider.isEnabled})
      ON CONFLICT (id) DO UPDATE SET name = excluded.name, issuer = excluded.issuer, client_id = excluded.client_id,
        sealed_client_secret = CASE WHEN ${keepsSecret} THEN p.sealed_client_secret
          ELSE excluded.sealed_client_secret END,
        allowed_domains = excluded.allowed_domains, trusts_email = excluded.trusts_email,
        join_workspace_id = excluded.join_workspace_id, join_role = excluded.join_role,
        is_enabled = excluded.is_enabled, updated_at = now()
      RETURNING ${providerColumns}`);
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    throw invalidField('workspace_id', 'is no workspace of this instance');
  }
  tx.journal({
    type: 'sso.provider_saved',
    severity: 'notice',
    actor,
    workspaceId: null,
    targetType: 'sso_provider',
    targetId: id,
    summary: `provider of sign-in ${id} saved`,
    payload: { changed_fields: keepsSecret ? [] : ['client_secret'] },
  });
  return row;
}

/** Removes a provider and who is known by it; their accounts stay. Throws `not_found`. */
export async function deleteProvider(tx: Tx, id: string, actor: Actor): Promise<void> {
  const gone = await tx.execute(sql`DELETE FROM sso_providers WHERE id = ${id}`);
  if (gone === 0) throw notFound('provider');
  tx.journal({
    type: 'sso.provider_deleted',
    severity: 'notice',
    actor,
    workspaceId: null,
    targetType: 'sso_provider',
    targetId: id,
    summary: `provider of sign-in ${id} deleted`,
  });
}
