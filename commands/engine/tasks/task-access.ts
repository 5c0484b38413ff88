import { CrewshipError, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { hasProjectRole } from '../../../domain/work/projects/project.ts';
import type { TaskAccess } from '../../../db/work/tasks/managed-task-row.ts';

/** Whether somebody may change tasks of this project, or of none. */
export function isEditor({ projectRole, isManager }: TaskAccess): boolean {
  return projectRole === null ? isManager : hasProjectRole(projectRole, 'editor');
}

/** Throws `forbidden`, and `wrong_state` for a project in the archive. */
export function mayEdit(access: TaskAccess): void {
  refuseUnless(isEditor(access));
  refuseInArchive(access);
}

export function refuseUnless(isAllowed: boolean): void {
  if (!isAllowed) throw new CrewshipError('forbidden', 'this takes MANAGER, or an editor of the task’s project');
}

export function refuseInArchive({ isArchived }: TaskAccess): void {
  if (isArchived) throw wrongState('project', 'archived');
}
