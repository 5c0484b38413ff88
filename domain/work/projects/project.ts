import { CrewshipError, wrongState } from '../../kernel/errors/crewship-error.ts';
import { slugFromName } from '../../people/workspaces/slug.ts';
import type { Tokenization } from '../tokens/token.ts';

/** Roles in a project, lowest first; each may what those before it may. */
export const PROJECT_ROLES = ['viewer', 'editor', 'owner'] as const;
export type ProjectRole = (typeof PROJECT_ROLES)[number];

export const PROJECT_VISIBILITIES = ['workspace', 'private'] as const;
export type ProjectVisibility = (typeof PROJECT_VISIBILITIES)[number];

export const PROJECT_STATUSES = ['backlog', 'planned', 'in_progress', 'paused', 'completed', 'cancelled'] as const;
export const PROJECT_PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const;
export const PROJECT_HEALTHS = ['on_track', 'at_risk', 'off_track'] as const;

/** What people say of a project. */
export interface ProjectFields {
  readonly name: string;
  readonly description: string | null;
  readonly icon: string | null;
  readonly color: string;
  readonly status: (typeof PROJECT_STATUSES)[number];
  readonly priority: (typeof PROJECT_PRIORITIES)[number];
  readonly health: (typeof PROJECT_HEALTHS)[number] | null;
  readonly lead_type: 'user' | 'agent' | null;
  readonly lead_id: string | null;
  /** `2026-01-31`. */
  readonly start_date: string | null;
  readonly target_date: string | null;
  readonly visibility: ProjectVisibility;
  /** Whether members of the workspace who may not see it are told its name, and may ask to be let in. */
  readonly discoverable: boolean;
}

/** A project as one caller sees it. */
export interface Project extends ProjectFields {
  readonly id: string;
  readonly workspace_id: string;
  readonly slug: string;
  readonly lead_name: string | null;
  readonly owner_id: string | null;
  readonly default_agent_id: string | null;
  readonly my_role: ProjectRole;
  readonly member_count: number;
  readonly namespace: string;
  readonly issue_count: number;
  readonly done_count: number;
  /** Percent of its issues that are done. */
  readonly progress: number;
  /** Who entered it by their role in the workspace alone, newest first; null to who is no owner of it. */
  readonly entered_by: readonly ProjectVisit[] | null;
  /** Null: it has no token. */
  readonly tokenization: Tokenization | null;
  readonly archived_at: string | null;
  readonly version: number;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface ProjectVisit {
  readonly user_id: string;
  readonly full_name: string;
  readonly entered_at: string;
}

/** What members of the workspace are told of a discoverable project that they may not see. */
export interface RequestableProject {
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly id: string; readonly full_name: string } | null;
  readonly my_role: null;
}

/** A member of a project, or of its workspace and perhaps of it. */
export interface ProjectMember {
  readonly user_id: string;
  readonly full_name: string;
  readonly email: string;
  readonly role: ProjectRole;
  readonly added_at: string;
}

/** Whether the first role may what the second may. */
export function hasProjectRole(role: ProjectRole, needed: ProjectRole): boolean {
  return PROJECT_ROLES.indexOf(role) >= PROJECT_ROLES.indexOf(needed);
}

/** Refuses who is in the project with too low a role. */
export function refuseBelow(role: ProjectRole, needed: ProjectRole): void {
  if (hasProjectRole(role, needed)) return;
  throw new CrewshipError('forbidden', `this takes the role ${needed} in the project; the caller is ${role}`);
}

/** An archived project is read, taken out of the archive or deleted, and nothing else. */
export function refuseArchived(project: Pick<Project, 'archived_at'>): void {
  if (project.archived_at !== null) throw wrongState('project', 'archived');
}

/**
 * A project's slug. A private one's ends in chance, so that nobody learns by a taken slug that there is one; so does
 * one whose name has no letter to make a slug of.
 */
export function projectSlug(name: string, visibility: ProjectVisibility, chance: string): string {
  const plain = slugFromName(name, 'project');
  return visibility === 'private' || plain === 'project' ? slugFromName(name, 'project', chance) : plain;
}
