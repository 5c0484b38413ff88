import type { TaskCall } from '../../../commands/engine/tasks/hold-task.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { TaskReader } from '../../../db/work/tasks/tasks-store.ts';
import type { Principal } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';

export interface TaskDeps {
  readonly database: Pick<Database, 'reads'>;
}

interface Call {
  readonly workspace: { readonly id: string };
  readonly principal: Principal;
}

/** What the caller may do with a task follows from its project, whatever their role in the workspace. */
export const readTasks = { access: 'member', action: 'read', scope: 'tasks:read' } as const;
export const writeTasks = { access: 'member', action: 'read', scope: 'tasks:write' } as const;

export function readerOf({ workspace, principal }: Call): TaskReader {
  return { workspaceId: workspace.id, userId: principal.userId! };
}

export function taskCall(ctx: Call & { readonly params: { readonly taskId: string } }): TaskCall {
  return { ...readerOf(ctx), taskId: ctx.params.taskId };
}

/** The agent that a body names; null and undefined as they are. Throws `invalid_request`, `ambiguous_reference`. */
export async function agentIdOf<Nothing extends null | undefined>(
  { database }: TaskDeps,
  workspaceId: string,
  ref: string | Nothing,
): Promise<string | Nothing> {
  if (ref === null || ref === undefined) return ref;
  try {
    return (await resolveAgent(database.reads, workspaceId, ref)).id;
  } catch (error) {
    if (!(error instanceof CrewshipError) || error.code !== 'not_found') throw error;
    throw invalidField('agent', 'names no agent of this workspace');
  }
}
