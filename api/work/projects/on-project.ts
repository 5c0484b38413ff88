import { holdProject, type ProjectCall } from '../../../commands/work/projects/hold-project.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { resolveProject, type Viewer } from '../../../db/work/projects/projects-store.ts';
import type { Actor, Principal } from '../../../domain/kernel/access/authority.ts';
import type { Project } from '../../../domain/work/projects/project.ts';

export interface ProjectDeps {
  readonly database: Pick<Database, 'reads' | 'transaction'>;
}

interface Call {
  readonly workspace: { readonly id: string };
  readonly principal: Principal;
}

/** Whose eyes a request sees projects with. */
export function viewerOf({ workspace, principal }: Call): Viewer {
  return { workspaceId: workspace.id, userId: principal.userId! };
}

/** Which project the path names, for a command that holds it. Throws `not_found`, `ambiguous_reference`. */
export async function onProject(
  { database }: ProjectDeps,
  ctx: Call & { readonly params: { readonly projectId: string } },
): Promise<ProjectCall> {
  const viewer = viewerOf(ctx);
  const { id } = await resolveProject(database.reads, viewer, ctx.params.projectId);
  return { projectId: id, userId: viewer.userId };
}

/**
 * The project of the path, for who reads it: a first entry of an administrator is committed before anything of it is
 * answered. Throws `not_found`, `ambiguous_reference`.
 */
export async function enteredProject(
  { database }: ProjectDeps,
  ctx: Call & {
    readonly params: { readonly projectId: string };
    readonly actor: Actor;
    readonly requestId: string;
  },
): Promise<Project> {
  const { workspaceId, userId } = viewerOf(ctx);
  const project = await resolveProject(database.reads, { workspaceId, userId }, ctx.params.projectId);
  if (!project.awaits_entry) return project;
  return database.transaction({ workspaceIds: [workspaceId], requestId: ctx.requestId }, (tx) =>
    holdProject(tx, { projectId: project.id, userId }, 'viewer', ctx.actor),
  );
}
