import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Into which namespace a run's pages go, and whose entries of the journal tell of it. */
export interface ResearchPlace {
  readonly id: string;
  readonly name: string;
  readonly project_id: string | null;
}

/** Null: there is no such run here. */
export async function findResearchPlace(tx: Tx, runId: string): Promise<ResearchPlace | null> {
  return tx.maybeOne<ResearchPlace>(sql`
    SELECT n.id, n.name, n.project_id FROM research_runs r JOIN knowledge_namespaces n ON n.id = r.namespace_id
    WHERE r.id = ${runId}`);
}

/** A page that somebody approved of, as it becomes an entry. */
export interface ApprovedPage {
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly content: string;
  readonly excerpt: string;
  readonly score: number;
  readonly entry_tags: readonly string[];
  readonly decided_by: string;
  /** Of who approved of it, as it is now; null: they left. */
  readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
}

/** The next one of a run. */
export async function nextApproved(tx: Tx, runId: string): Promise<ApprovedPage | null> {
  return tx.maybeOne<ApprovedPage>(sql`
    SELECT c.id, c.url, coalesce(c.entry_title, nullif(c.title, ''), c.url) AS title, c.content, c.excerpt, c.score,
      c.entry_tags, c.decided_by, m.role
    FROM research_candidates c
    LEFT JOIN memberships m ON m.workspace_id = c.workspace_id AND m.user_id = c.decided_by AND m.disabled_at IS NULL
    WHERE c.run_id = ${runId} AND c.status = 'approved' ORDER BY c.place LIMIT 1`);
}
