import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { RequestStatus } from './access-request.ts';
import type { ProjectRole, ProjectVisibility } from './project.ts';

type OfMilestone = { readonly milestone_id: string };
type Seen = { readonly visibility: ProjectVisibility };

/** Ids, roles, states and field names; never a name or what anybody wrote, as members who may not see it read these. */
export const projectEntries = {
  'project.created': entryKind<Seen>(),
  'project.updated': entryKind<Seen & ChangedFields & { readonly was: ProjectVisibility }>(),
  'project.archived': entryKind<Seen>(),
  'project.unarchived': entryKind<Seen>(),
  'milestone.created': entryKind<OfMilestone>(),
  'milestone.updated': entryKind<OfMilestone & ChangedFields>(),
  'milestone.deleted': entryKind<OfMilestone>(),
  'project.deleted': entryKind<Seen & { readonly issues: number }>(),
  /** Somebody whom their role in the workspace lets pass entered a private project for the first time. */
  'project.entered': entryKind(),
  /** Null: no member. */
  'project.member_changed': entryKind<{
    readonly user_id: string;
    readonly from: ProjectRole | null;
    readonly to: ProjectRole | null;
  }>(),
  'access.requested': entryKind<{ readonly request_id: string; readonly role: ProjectRole }>(),
  /** `role`: what was given. */
  'access.decided': entryKind<{
    readonly request_id: string;
    readonly status: RequestStatus;
    readonly role: ProjectRole | null;
  }>(),
};
