import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Which kept answers are dropped. */
export type DroppedAnswers =
  | { readonly by: 'all' }
  | { readonly by: 'agent'; readonly agentId: string }
  | { readonly by: 'namespace'; readonly namespaceId: string }
  | { readonly by: 'model'; readonly model: string }
  | { readonly by: 'older_than_s'; readonly seconds: number };

function matching(dropped: DroppedAnswers): Fragment {
  switch (dropped.by) {
    case 'all':
      return sql.fragment`true`;
    case 'agent':
      return sql.fragment`agent_id = ${dropped.agentId}`;
    case 'namespace':
      return sql.fragment`${dropped.namespaceId} = ANY (namespace_ids)`;
    case 'model':
      return sql.fragment`(model = ${dropped.model} OR provider || '/' || model = ${dropped.model})`;
    case 'older_than_s':
      return sql.fragment`created_at < now() - ${dropped.seconds} * interval '1 second'`;
  }
}

/** Drops kept answers; what was asked before this is not kept either. Returns how many went. */
export async function dropAnswers(tx: Tx, workspaceId: string, dropped: DroppedAnswers, actor: Actor): Promise<number> {
  await tx.execute(sql`
    INSERT INTO llm_answer_generations AS g (workspace_id, generation) VALUES (${workspaceId}, 1)
    ON CONFLICT (workspace_id) DO UPDATE SET generation = g.generation + 1`);
  const gone = await tx.execute(sql`
    DELETE FROM llm_answers WHERE workspace_id = ${workspaceId} AND ${matching(dropped)}`);
  tx.journal({
    type: 'cache.invalidated',
    actor,
    workspaceId,
    targetType: 'workspace',
    targetId: workspaceId,
    summary: `${gone} kept answers of models dropped`,
    payload: { by: dropped.by, invalidated: gone },
  });
  return gone;
}
