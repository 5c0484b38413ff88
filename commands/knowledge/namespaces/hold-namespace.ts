import type { Actor, Role } from '../../../domain/kernel/access/authority.ts';
import { roleAllows } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { isFreeName, MAX_NAMESPACES, type ReachedNamespace } from '../../../domain/knowledge/namespaces/namespace.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { reachIn } from '../../../db/knowledge/namespaces/reach.ts';

/** Who writes. */
export interface KnowledgeCaller {
  readonly workspaceId: string;
  readonly userId: string;
  readonly role: Role;
}

/** Whose entry in the journal it is: of a project’s namespace the project’s, which only its people see. */
export function knowledgeFrame(
  { workspaceId }: Pick<KnowledgeCaller, 'workspaceId'>,
  namespace: Pick<ReachedNamespace, 'id' | 'project_id'>,
  actor: Actor,
) {
  const { id, project_id: projectId } = namespace;
  return projectId === null
    ? { actor, workspaceId, targetType: 'knowledge_namespace', targetId: id }
    : { actor, workspaceId, targetType: 'project', targetId: projectId };
}

/**
 * Locks a namespace that the caller writes: who writes in one takes turns. Returns it as it is then. Throws
 * `not_found`, `forbidden` where they only read, and `wrong_state` for the archive’s.
 */
export async function lockWritable(
  tx: Tx,
  caller: KnowledgeCaller,
  namespace: ReachedNamespace,
): Promise<ReachedNamespace> {
  refuseReader(namespace);
  const { archived } = await tx.one<{ archived: boolean }>(sql`
    SELECT p.archived_at IS NOT NULL AS archived FROM knowledge_namespaces n LEFT JOIN projects p ON p.id = n.project_id
    WHERE n.id = ${namespace.id} FOR UPDATE OF n`);
  if (archived) throw wrongState('project', 'archived');
  // Rights and rules may have changed while it was waited for.
  const now = await reachIn(tx, caller, { id: namespace.id });
  if (now === null) throw notFound('namespace');
  refuseReader(now);
  return now;
}

function refuseReader({ access, name }: ReachedNamespace): void {
  if (access !== 'write') throw new CrewshipError('forbidden', `namespace ${name} is read-only to you`);
}

/**
 * The namespace of this name, held by who writes in it. A MANAGER makes one that is missing. Throws `not_found` for one
 * that is out of reach, and as {@link lockWritable}.
 */
export async function holdNamespace(
  tx: Tx,
  caller: KnowledgeCaller,
  name: string,
  actor: Actor,
): Promise<ReachedNamespace> {
  const known = await reachIn(tx, caller, { name });
  if (known !== null) return lockWritable(tx, caller, known);
  if (!isFreeName(name) || !roleAllows(caller.role, { action: 'create' })) throw notFound('namespace');
  const { total } = await tx.one<{ total: number }>(sql`
    SELECT count(*) AS total FROM knowledge_namespaces
    WHERE workspace_id = ${caller.workspaceId} AND project_id IS NULL`);
  if (total > MAX_NAMESPACES) {
    throw new CrewshipError('limit_reached', `a workspace has at most ${MAX_NAMESPACES} namespaces`);
  }
  const id = newId();
  const made = await tx.execute(sql`
    INSERT INTO knowledge_namespaces (id, workspace_id, name, title, created_by)
    VALUES (${id}, ${caller.workspaceId}, ${name}, ${name}, ${caller.userId})
    ON CONFLICT (workspace_id, name) DO NOTHING`);
  if (made > 0) {
    tx.journal({
      ...knowledgeFrame(caller, { id, project_id: null }, actor),
      type: 'knowledge.namespace_created',
      summary: 'namespace of knowledge created',
      payload: { namespace_id: id },
    });
  }
  const reached = await reachIn(tx, caller, { name });
  if (reached === null) throw notFound('namespace');
  return lockWritable(tx, caller, reached);
}
