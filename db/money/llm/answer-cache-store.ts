import type { Database } from '../../kernel/database.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface CacheStats {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly by_agent: readonly {
    readonly agent_id: string | null;
    readonly entries: number;
    readonly bytes: number;
    readonly hits: number;
    readonly misses: number;
  }[];
}

const MOST_AGENTS = 100;

/** What is kept of a workspace, and how often it was there; agents with the most hits first. */
export async function readCacheStats(reads: ReadPool, workspaceId: string): Promise<CacheStats> {
  const row = await reads.maybeOne<CacheStats>(
    [workspaceId],
    sql`
      WITH kept AS (
        SELECT coalesce(agent_id, '') AS agent_id, count(*) AS entries, sum(octet_length(answer::text)) AS bytes
        FROM llm_answers WHERE workspace_id = ${workspaceId} AND expires_at > now() GROUP BY 1
      ), counted AS (
        SELECT agent_id, coalesce(k.entries, 0) AS entries, coalesce(k.bytes, 0) AS bytes, coalesce(c.hits, 0) AS hits,
          coalesce(c.misses, 0) AS misses
        FROM kept k
        FULL JOIN (SELECT * FROM llm_answer_counts WHERE workspace_id = ${workspaceId}) c USING (agent_id)
      ), shown AS (SELECT * FROM counted ORDER BY hits DESC, agent_id ${sql.limit(MOST_AGENTS)})
      SELECT coalesce(sum(entries), 0)::bigint AS entries, coalesce(sum(bytes), 0)::bigint AS bytes,
        coalesce(sum(hits), 0)::bigint AS hits, coalesce(sum(misses), 0)::bigint AS misses,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('agent_id', nullif(agent_id, ''), 'entries', entries,
          'bytes', bytes, 'hits', hits, 'misses', misses) ORDER BY hits DESC, agent_id), '[]') FROM shown) AS by_agent
      FROM counted`,
  );
  return row!;
}

/** The id of a workspace's namespace; null where none has the name. */
export async function findNamespaceId(reads: ReadPool, workspaceId: string, name: string): Promise<string | null> {
  const row = await reads.maybeOne<{ id: string }>(
    [workspaceId],
    sql`SELECT id FROM knowledge_namespaces WHERE workspace_id = ${workspaceId} AND name = ${name}`,
  );
  return row?.id ?? null;
}

const BATCH = 1_000;

/** Deletes answers that are past their time, in short transactions. Returns how many went. */
export async function expireAnswers(db: Pick<Database, 'systemTransaction'>): Promise<number> {
  for (let expired = 0; ; ) {
    const gone = await db.systemTransaction({}, (tx) =>
      tx.execute(sql`
        DELETE FROM llm_answers WHERE id IN (
          SELECT id FROM llm_answers WHERE expires_at <= now() ORDER BY expires_at ${sql.limit(BATCH)})`),
    );
    expired += gone;
    if (gone < BATCH) return expired;
  }
}
