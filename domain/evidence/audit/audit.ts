import type { JsonObject } from '../../kernel/json/json-value.ts';

/** Where what was done belongs. */
export const AUDIT_SOURCES = ['workspace', 'crews', 'credentials', 'keeper'] as const;

/** Who does what the audit shows. */
export const AUDIT_ACTORS = ['user', 'keeper'] as const;

/** Which of the things that people did a reader wants. Times are RFC 3339. */
export interface AuditFilter {
  readonly action?: string | undefined;
  readonly entityType?: string | undefined;
  readonly entityId?: string | undefined;
  readonly userId?: string | undefined;
  readonly actorType?: (typeof AUDIT_ACTORS)[number] | undefined;
  /** Of the API key that it was done with. */
  readonly apiKeyId?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly search?: string | undefined;
  readonly source?: (typeof AUDIT_SOURCES)[number] | undefined;
}

/** Something that somebody did: a view of its journal entry. */
export interface AuditRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly actor_type: (typeof AUDIT_ACTORS)[number];
  readonly user_id: string | null;
  readonly api_key_id: string | null;
  readonly action: string;
  readonly entity_type: string | null;
  readonly entity_id: string | null;
  readonly summary: string;
  readonly metadata: JsonObject;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly auth_method: string | null;
  readonly request_id: string | null;
  readonly created_at: string;
  readonly user_email: string | null;
  readonly user_name: string | null;
}
