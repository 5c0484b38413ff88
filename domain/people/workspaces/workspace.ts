import type { Role } from '../../kernel/access/authority.ts';

/** Field names are those of the API, in every layer. */
export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly preferred_language: string | null;
  /** Whether its crews may ask for privileged containers. */
  readonly allow_privileged_credentials: boolean;
  readonly created_at: string;
  readonly updated_at: string;
  readonly currentUserRole: Role;
  readonly _count: { readonly crews: number; readonly agents: number; readonly members: number };
}

export interface WorkspaceMember {
  readonly id: string;
  readonly workspace_id: string;
  readonly user_id: string;
  readonly role: Role;
  readonly created_at: string;
  readonly updated_at: string;
  readonly user: { readonly id: string; readonly email: string; readonly full_name: string };
}
