import type { ProjectRole } from './project.ts';

export const REQUEST_STATUSES = ['pending', 'approved', 'rejected', 'cancelled'] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

export const REQUESTED_ROLES = ['viewer', 'editor'] as const satisfies readonly ProjectRole[];
export type RequestedRole = (typeof REQUESTED_ROLES)[number];

/** Somebody's wish to be let into a project. */
export interface AccessRequest {
  readonly id: string;
  readonly project_id: string;
  readonly user: { readonly id: string; readonly full_name: string; readonly email: string };
  readonly role: RequestedRole;
  readonly message: string | null;
  readonly status: RequestStatus;
  readonly granted_role: ProjectRole | null;
  readonly note: string | null;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly created_at: string;
}
