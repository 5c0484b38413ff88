import type { Role } from '../../kernel/access/authority.ts';

/** An invitation as the API shows it: its token is shown once, to who made it. */
export interface Invitation {
  readonly id: string;
  readonly workspace_id: string;
  readonly email: string;
  readonly role: Role;
  readonly status: 'pending' | 'accepted' | 'revoked' | 'expired';
  readonly invited_by: string;
  readonly inviter: { readonly id: string; readonly full_name: string } | null;
  readonly expires_at: string;
  readonly accepted_at: string | null;
  readonly created_at: string;
}

/** A member of a workspace in one of its crews; `role` null: the one of the workspace. */
export interface CrewMember {
  readonly id: string;
  readonly crew_id: string;
  readonly user_id: string;
  readonly role: Role | null;
  readonly created_at: string;
  readonly user: { readonly id: string; readonly email: string; readonly full_name: string };
}
