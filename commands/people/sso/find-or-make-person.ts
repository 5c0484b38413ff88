import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { isOfDomains, type ExternalPerson, type SsoProvider, type SsoRefusal } from '../../../domain/people/sso/sso.ts';
import { holdWorkspace } from '../../../db/people/members/hold-members.ts';
import { insertPerson } from '../accounts/insert-person.ts';
import { insertMembership } from '../members/insert-membership.ts';

/** Somebody who may sign in. */
export interface SsoPerson {
  readonly id: string;
  readonly email: string;
  readonly full_name: string;
}

type Found = { readonly person: SsoPerson } | { readonly refusal: SsoRefusal };

/**
 * Whom a provider's answer lets in. Known by it: the account that it was linked with. Else, by a verified address of
 * the provider's domains: the account of the address if the provider is trusted and the account's own address is
 * confirmed; or a new account, where the provider says of which workspace and as what. A system transaction. Throws
 * `license_limit`.
 */
export async function findOrMakePerson(
  tx: Tx,
  provider: SsoProvider,
  external: ExternalPerson,
  nobody: Actor,
): Promise<Found> {
  const { issuer, subject, email } = external;
  const known = await tx.maybeOne<SsoPerson & { is_disabled: boolean }>(sql`
    UPDATE external_identities e SET last_used_at = now() FROM users u
    WHERE e.provider_id = ${provider.id} AND e.issuer = ${issuer} AND e.subject = ${subject} AND u.id = e.user_id
    RETURNING u.id, u.email, u.full_name, u.disabled_at IS NOT NULL AS is_disabled`);
  if (known !== null) return known.is_disabled ? { refusal: 'disabled' } : { person: known };
  if (email === null || !external.isVerified) return { refusal: 'address_unverified' };
  const { allowed_domains: domains } = provider;
  if (domains.length > 0 && !isOfDomains(email, domains)) return { refusal: 'domain_not_allowed' };
  const found =
    (await linkable(tx, provider, email)) ?? (await makePerson(tx, provider, { ...external, email }, nobody));
  if ('refusal' in found) return found;
  const { person } = found;
  await tx.execute(sql`
    INSERT INTO external_identities (provider_id, issuer, subject, user_id)
    VALUES (${provider.id}, ${issuer}, ${subject}, ${person.id})`);
  tx.journal({
    type: 'sso.linked',
    severity: 'notice',
    actor: { ...nobody, id: person.id },
    workspaceId: null,
    targetType: 'user',
    targetId: person.id,
    summary: `known by ${provider.id} from now on`,
    payload: { provider_id: provider.id, is_new_person: found.isNew },
  });
  return found;
}

type Linkable = { readonly person: SsoPerson; readonly isNew: boolean } | { readonly refusal: SsoRefusal };

/**
 * The account of an address. One whose address nobody confirmed may be anybody's who typed it: it is linked only if
 * nobody has come in by it, and its password goes.
 */
async function linkable(tx: Tx, provider: SsoProvider, email: string): Promise<Linkable | null> {
  // Unlocked at first: who is not there yet is made after the workspace that takes them in is held.
  if ((await tx.maybeOne(sql`SELECT 1 FROM users WHERE email = ${email}`)) === null) return null;
  const row = await tx.maybeOne<SsoPerson & { is_disabled: boolean; is_verified: boolean; is_untouched: boolean }>(sql`
    SELECT id, email, full_name, disabled_at IS NOT NULL AS is_disabled, email_verified_at IS NOT NULL AS is_verified,
      (awaits_verification OR password_hash IS NULL) AND NOT is_instance_operator AS is_untouched
    FROM users WHERE email = ${email} FOR UPDATE`);
  if (row === null) return null;
  if (row.is_disabled) return { refusal: 'disabled' };
  if (!provider.trusts_email || !(row.is_verified || row.is_untouched)) return { refusal: 'not_linked' };
  if (!row.is_verified) {
    await tx.execute(sql`
      UPDATE users SET password_hash = NULL, email_verified_at = now(), awaits_verification = false, updated_at = now()
      WHERE id = ${row.id}`);
    await tx.execute(sql`DELETE FROM one_time_tokens WHERE user_id = ${row.id}`);
  }
  return { person: row, isNew: false };
}

async function makePerson(
  tx: Tx,
  provider: SsoProvider,
  external: ExternalPerson & { readonly email: string },
  nobody: Actor,
): Promise<Linkable> {
  const { workspace_id: workspaceId, role } = provider;
  if (workspaceId === null || role === null || !isOfDomains(external.email, provider.allowed_domains)) {
    return { refusal: 'unknown' };
  }
  const { email } = external;
  const fullName = (external.name ?? '').trim().slice(0, 100) || email.split('@')[0]!.slice(0, 100);
  const id = await insertPerson(tx, {
    fullName,
    email,
    passwordHash: null,
    isVerified: true,
    awaitsVerification: false,
  });
  // Somebody made it this moment: who tries again finds it.
  if (id === null) return { refusal: 'not_linked' };
  const actor: Actor = { ...nobody, id };
  await holdWorkspace(tx, workspaceId);
  await insertMembership(tx, { workspaceId, userId: id, role, by: 'sso' }, actor);
  await tx.execute(sql`UPDATE users SET home_workspace_id = ${workspaceId} WHERE id = ${id}`);
  tx.journal(auditEntry('created', { actor, workspaceId, targetType: 'user', targetId: id, label: provider.id }));
  return { person: { id, email, full_name: fullName }, isNew: true };
}
