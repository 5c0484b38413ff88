import type { JsonValue } from '../../../domain/kernel/json/json-value.ts';
import type { ModelTarget } from '../../../domain/money/llm/llm-config.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Purposes whose answers are kept: never a judge's, and never an agent's turn, which does not call this way. */
export const CACHED_PURPOSES: readonly string[] = ['meditation', 'plan', 'layout'];

const KEPT_DAYS = 7;
/** Of a workspace; the oldest go first. */
export const MOST_ANSWERS = 2_000;
const LONGEST_ANSWER_BYTES = 131_072;

/** Everything that an answer depends on, and who may have it. */
export interface CachedCall {
  readonly workspaceId: string;
  readonly purpose: string;
  readonly agentId: string | null;
  /** Whose words the prompt holds. */
  readonly namespaceIds: readonly string[];
  readonly config: { readonly source: 'workspace' | 'instance'; readonly version: number };
  readonly target: ModelTarget;
  readonly request: {
    readonly system: string | null;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly maxTokens: number;
  };
  /** The shape of an answer that has one. */
  readonly schema: JsonValue;
}

/** What was looked up: the answer, or the place where one may be kept. */
export interface Lookup {
  /** Undefined: there is none. */
  readonly answer: JsonValue | undefined;
  readonly key: string;
  readonly generation: number;
}

export interface AnswerCache {
  /** Counts as a hit or a miss. */
  find(call: CachedCall): Promise<Lookup>;
  /** Keeps an answer, unless what is kept was dropped since it was looked up, or it is too long. */
  keep(call: CachedCall, lookup: Lookup, answer: JsonValue): Promise<void>;
}

/**
 * Answers of models that are asked the very same again (docs/contracts/llm.md, Answers that are kept). Who has a hit
 * has sent the same prompt, with the same words of the same namespaces in it: nothing is in an answer that its caller
 * did not have already.
 */
export function createAnswerCache(deps: {
  readonly db: Pick<Database, 'transaction'>;
  readonly keyRing: Pick<KeyRing, 'digest'>;
}): AnswerCache {
  const inWorkspace = <Result>({ workspaceId }: CachedCall, work: (tx: Tx) => Promise<Result>) =>
    deps.db.transaction({ workspaceIds: [workspaceId] }, work);

  function keyOf(call: CachedCall, standard: { readonly key: string; readonly version: number } | null): string {
    const { target, request, config } = call;
    const parts = [
      ...[call.workspaceId, call.purpose, call.agentId, [...new Set(call.namespaceIds)].sort()],
      ...[standard?.key ?? null, standard?.version ?? null, config.source, config.version],
      ...[target.provider, target.model, target.base_url, target.credential_id],
      ...[request.maxTokens, call.schema, request.system],
      request.messages.map(({ role, content }) => [role, content]),
    ];
    return deps.keyRing.digest(JSON.stringify(parts)).toString('hex');
  }

  return {
    find: (call) =>
      inWorkspace(call, async (tx) => {
        const { workspaceId, agentId } = call;
        const key = keyOf(call, await readStandard(tx, workspaceId, agentId));
        const found = await tx.maybeOne<{ answer: JsonValue }>(sql`
          UPDATE llm_answers SET hits = hits + 1
          WHERE workspace_id = ${workspaceId} AND key = ${key} AND expires_at > now() RETURNING answer`);
        const [hits, misses] = found === null ? [0, 1] : [1, 0];
        await tx.execute(sql`
          INSERT INTO llm_answer_counts AS c (workspace_id, agent_id, hits, misses)
          VALUES (${workspaceId}, ${agentId ?? ''}, ${hits}, ${misses})
          ON CONFLICT (workspace_id, agent_id) DO UPDATE SET hits = c.hits + excluded.hits,
            misses = c.misses + excluded.misses`);
        const dropped = await tx.maybeOne<{ generation: number }>(sql`
          SELECT generation FROM llm_answer_generations WHERE workspace_id = ${workspaceId}`);
        return { answer: found?.answer, key, generation: dropped?.generation ?? 0 };
      }),
    async keep(call, { key, generation }, answer) {
      if (Buffer.byteLength(JSON.stringify(answer)) > LONGEST_ANSWER_BYTES) return;
      const { workspaceId, target } = call;
      await inWorkspace(call, async (tx) => {
        // Who drops answers waits for this one, and then drops it too.
        await tx.execute(sql`
          INSERT INTO llm_answer_generations (workspace_id) VALUES (${workspaceId}) ON CONFLICT DO NOTHING`);
        const now = await tx.one<{ generation: number }>(sql`
          SELECT generation FROM llm_answer_generations WHERE workspace_id = ${workspaceId} FOR SHARE`);
        if (now.generation !== generation) return;
        await tx.execute(sql`
          INSERT INTO llm_answers (id, workspace_id, key, purpose, agent_id, namespace_ids, provider, model, answer,
            expires_at)
          VALUES (${newId()}, ${workspaceId}, ${key}, ${call.purpose}, ${call.agentId},
            ${sql.array([...new Set(call.namespaceIds)].sort(), 'text')}, ${target.provider}, ${target.model},
            ${JSON.stringify(answer)}::jsonb, now() + ${KEPT_DAYS} * interval '1 day')
          ON CONFLICT (workspace_id, key) DO UPDATE SET answer = excluded.answer, created_at = excluded.created_at,
            expires_at = excluded.expires_at`);
        await tx.execute(sql`
          DELETE FROM llm_answers WHERE workspace_id = ${workspaceId} AND id IN (
            SELECT id FROM llm_answers WHERE workspace_id = ${workspaceId} ORDER BY created_at DESC, id DESC
            OFFSET ${MOST_ANSWERS} LIMIT 100)`);
      });
    },
  };
}

/** What prompts of the agent say now, by its version. */
function readStandard(tx: Tx, workspaceId: string, agentId: string | null) {
  return tx.maybeOne<{ key: string; version: number }>(sql`
    SELECT key, version FROM config_documents WHERE workspace_id = ${workspaceId} AND kind = 'prompt-standard'
      AND key IN (${agentId ?? 'default'}, 'default') AND (body ->> 'enabled')::boolean
    ORDER BY key = 'default' LIMIT 1`);
}
