import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { NamespaceAccess, ReachedNamespace } from '../../../domain/knowledge/namespaces/namespace.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { reachIn } from '../../../db/knowledge/namespaces/reach.ts';
import { type KnowledgeCaller, knowledgeFrame, lockWritable } from './hold-namespace.ts';

/** Throws `not_found`, `version_conflict`, `invalid_request` for the title of a project’s, and as `lockWritable`. */
export async function updateNamespace(
  tx: Tx,
  caller: KnowledgeCaller,
  change: {
    readonly name: string;
    readonly version: number;
    readonly title?: string | undefined;
    readonly reviewRequired?: boolean | undefined;
  },
  actor: Actor,
): Promise<ReachedNamespace> {
  const known = await reachIn(tx, caller, { name: change.name });
  if (known === null) throw notFound('namespace');
  const namespace = await lockWritable(tx, caller, known);
  const { version } = await tx.one<{ version: number }>(sql`
    SELECT version FROM knowledge_namespaces WHERE id = ${namespace.id}`);
  if (version !== change.version) {
    throw new CrewshipError('version_conflict', `the namespace is at version ${version}; read it again`, {
      extensions: { current_version: version },
    });
  }
  const set: Record<string, Fragment> = {};
  if (change.title !== undefined) {
    if (namespace.project_id !== null) throw invalidField('title', 'is the project’s name');
    set.title = sql.fragment`${change.title}`;
  }
  if (change.reviewRequired !== undefined) set.review_required = sql.fragment`${change.reviewRequired}`;
  const more = { version: sql.fragment`version + 1`, updated_at: sql.fragment`now()` };
  await tx.execute(sql`
    UPDATE knowledge_namespaces SET ${assignments({ ...set, ...more })} WHERE id = ${namespace.id}`);
  tx.journal({
    ...knowledgeFrame(caller, namespace, actor),
    type: 'knowledge.namespace_updated',
    summary: 'namespace of knowledge changed',
    payload: { namespace_id: namespace.id, changed_fields: Object.keys(set) },
  });
  return (await reachIn(tx, caller, { id: namespace.id }))!;
}

/**
 * Gives a member these namespaces and no others, beside what their role and their projects open. Throws
 * `invalid_request` for one that is missing or a project’s.
 */
export async function setGrants(
  tx: Tx,
  { workspaceId, userId }: { readonly workspaceId: string; readonly userId: string },
  grants: readonly { readonly name: string; readonly access: NamespaceAccess }[],
  actor: Actor,
): Promise<void> {
  const found = await tx.any<{ id: string; name: string }>(sql`
    SELECT id, name FROM knowledge_namespaces
    WHERE workspace_id = ${workspaceId} AND project_id IS NULL AND name = ANY (${sql.array(
      grants.map(({ name }) => name),
      'text',
    )})`);
  const ids = new Map(found.map(({ name, id }) => [name, id]));
  const rows = grants.map(({ name, access }, index) => {
    const id = ids.get(name);
    if (id === undefined) throw invalidField(`namespaces.${index}.name`, 'is no namespace that grants open');
    return { id, access };
  });
  await tx.execute(sql`
    DELETE FROM knowledge_grants WHERE workspace_id = ${workspaceId} AND user_id = ${userId}`);
  await tx.execute(sql`
    INSERT INTO knowledge_grants (workspace_id, namespace_id, user_id, access)
    SELECT ${workspaceId}, r.id, ${userId}, r.access
    FROM json_to_recordset(${sql.rows(rows)}) AS r (id text, access text)
    ON CONFLICT (namespace_id, user_id) DO UPDATE SET access = excluded.access`);
  tx.journal({
    actor,
    workspaceId,
    targetType: 'user',
    targetId: userId,
    type: 'knowledge.grants_changed',
    summary: 'grants of knowledge changed',
    payload: { user_id: userId, namespaces: rows.length },
  });
}
