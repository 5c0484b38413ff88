import type { Role } from '../../kernel/access/authority.ts';

/** A provider of sign-in as its rows say; its secret is elsewhere. */
export interface SsoProvider {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  readonly client_id: string;
  readonly has_client_secret: boolean;
  readonly allowed_domains: readonly string[];
  readonly trusts_email: boolean;
  readonly workspace_id: string | null;
  readonly role: Role | null;
  readonly is_enabled: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What a provider's secret is sealed as. */
export const CLIENT_SECRET_FIELD = 'client_secret';

/** Who somebody is, as a provider said in an answer that was checked. */
export interface ExternalPerson {
  readonly issuer: string;
  readonly subject: string;
  /** Lower case; null: none, or none that could be one. */
  readonly email: string | null;
  readonly isVerified: boolean;
  readonly name: string | null;
}

/** Why somebody whom a provider knows is not let in. */
export type SsoRefusal =
  | 'unknown'
  | 'address_unverified'
  | 'domain_not_allowed'
  | 'not_linked'
  | 'disabled'
  | 'license_limit';

/** Whether an address is of one of these domains; of none when the list is empty. */
export function isOfDomains(email: string, domains: readonly string[]): boolean {
  return domains.includes(email.slice(email.lastIndexOf('@') + 1));
}
