import type { Role } from '../../kernel/access/authority.ts';
import type { Capability } from '../../kernel/access/capability.ts';

/** Field names are those of the API, in every layer. */
export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly preferred_language: string | null;
  /** Whether its crews may ask for privileged containers. */
  readonly allow_privileged_credentials: boolean;
  readonly logo_url: string | null;
  /** Null: runs are kept. */
  readonly run_retention_days: number | null;
  /** 0: for ever. */
  readonly credential_audit_retention_days: number;
  /** 0: for ever. */
  readonly audit_log_retention_days: number;
  readonly default_agent_id: string | null;
  /** Since when its agents begin nothing. */
  readonly paused_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly currentUserRole: Role;
  readonly currentUserCapabilities: readonly Capability[];
  readonly _count: { readonly crews: number; readonly agents: number; readonly members: number };
}

export interface WorkspaceMember {
  readonly id: string;
  readonly workspace_id: string;
  readonly user_id: string;
  readonly role: Role;
  readonly created_at: string;
  readonly updated_at: string;
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly full_name: string;
    readonly avatar_url: string | null;
  };
}
