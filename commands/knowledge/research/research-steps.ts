import { createHash } from 'node:crypto';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import {
  EXCERPT_CHARACTERS,
  type JudgedBy,
  type PageRefusal,
  TITLE_CHARACTERS,
  verdictOf,
} from '../../../domain/knowledge/research/research-run.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { findResearchPlace } from '../../../db/knowledge/research/research-rows.ts';
import { knowledgeFrame } from '../namespaces/hold-namespace.ts';

const REASON_CHARACTERS = 500;

/** What is searched for, once. */
export async function storePlan(
  db: Database,
  address: WorkflowAddress,
  plan: { readonly queries: readonly string[]; readonly by: JudgedBy },
): Promise<void> {
  await db.transaction(workflowScope(address), (tx) =>
    tx.execute(sql`
      UPDATE research_runs SET queries = ${sql.jsonb(plan.queries)}, planned_by = ${plan.by}
      WHERE id = ${address.id} AND queries IS NULL`),
  );
}

/**
 * Pages that were found, the best first, as many as the run takes, and all that it was given; one that is known stays
 * as it is.
 */
export async function storeFound(
  db: Database,
  address: WorkflowAddress,
  found: readonly { readonly url: string; readonly title: string }[],
): Promise<void> {
  const rows = found.map(({ url, title }) => ({ id: newId(), url, title: title.slice(0, TITLE_CHARACTERS) }));
  await db.transaction(workflowScope(address), (tx) =>
    tx.execute(sql`
      INSERT INTO research_candidates (id, workspace_id, run_id, place, url, title)
      SELECT f.id, r.workspace_id, r.id, f.place - 1, f.url, f.title
      FROM research_runs r,
        ROWS FROM (json_to_recordset(${sql.rows(rows)}) AS (id text, url text, title text))
          WITH ORDINALITY AS f (id, url, title, place)
      WHERE r.id = ${address.id} AND f.place <= greatest(r.max_pages, jsonb_array_length(r.urls))
      ON CONFLICT (run_id, url) DO NOTHING`),
  );
}

/** What came of fetching a page, once. What is an entry of the namespace by this address is a duplicate. */
export async function storeFetched(
  db: Database,
  address: WorkflowAddress,
  candidateId: string,
  fetched:
    | { readonly kind: 'page'; readonly title: string; readonly text: string }
    | { readonly kind: 'refused'; readonly reason: PageRefusal },
): Promise<void> {
  const unfetched = sql.fragment`c.id = ${candidateId} AND c.status = 'pending' AND c.fetched_at IS NULL`;
  await db.transaction(workflowScope(address), async (tx) => {
    if (fetched.kind === 'refused') {
      await tx.execute(sql`
        UPDATE research_candidates c SET status = 'blocked', reason = ${fetched.reason}, fetched_at = now()
        WHERE ${unfetched}`);
      return;
    }
    const hash = createHash('sha256').update(fetched.text).digest('hex');
    const title = fetched.title.slice(0, TITLE_CHARACTERS).toWellFormed();
    const excerpt = fetched.text.replace(/\s+/g, ' ').slice(0, EXCERPT_CHARACTERS).toWellFormed();
    await tx.execute(sql`
      UPDATE research_candidates c SET fetched_at = now(), content_sha256 = ${hash}, excerpt = ${excerpt},
        title = coalesce(nullif(${title}, ''), c.title), content = ${fetched.text}
      WHERE ${unfetched}`);
    await tx.execute(sql`
      UPDATE research_candidates c SET status = 'duplicate', content = NULL
      FROM research_runs r JOIN knowledge_entries e ON e.workspace_id = r.workspace_id
        AND e.namespace_id = r.namespace_id AND e.status <> 'archived'
      WHERE c.id = ${candidateId} AND c.status = 'pending' AND r.id = c.run_id
        AND hashtextextended(e.source_url, 0) = hashtextextended(c.url, 0) AND e.source_url = c.url`);
  });
}

/** Of pages that say the same, the first that was found is judged. */
export async function markDuplicates(db: Database, address: WorkflowAddress): Promise<void> {
  await db.transaction(workflowScope(address), (tx) =>
    tx.execute(sql`
      UPDATE research_candidates c SET status = 'duplicate', content = NULL
      WHERE c.run_id = ${address.id} AND c.status = 'pending' AND c.score IS NULL AND EXISTS (
        SELECT 1 FROM research_candidates o
        WHERE o.run_id = c.run_id AND o.content_sha256 = c.content_sha256 AND o.place < c.place)`),
  );
}

/** How good a page is, once. One that is below what the run takes is rejected by that. */
export async function storeJudged(
  db: Database,
  address: WorkflowAddress,
  candidateId: string,
  judged: { readonly score: number; readonly reason: string; readonly by: JudgedBy },
): Promise<void> {
  const score = Math.min(1, Math.max(0, Number.isFinite(judged.score) ? judged.score : 0));
  const reason = judged.reason.slice(0, REASON_CHARACTERS).toWellFormed().replaceAll('\0', '');
  await db.transaction(workflowScope(address), (tx) =>
    tx.execute(sql`
      UPDATE research_candidates c SET score = ${score}, verdict = ${verdictOf(score)}, judged_by = ${judged.by},
        reason = ${reason},
        status = CASE WHEN ${score} < r.reject_below THEN 'rejected' ELSE c.status END,
        content = CASE WHEN ${score} < r.reject_below THEN NULL ELSE c.content END
      FROM research_runs r
      WHERE c.id = ${candidateId} AND r.id = c.run_id AND c.status = 'pending' AND c.score IS NULL`),
  );
}

/** All pages are judged: said once. */
export async function tellJudged(db: Database, address: WorkflowAddress): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const { pending } = await tx.one<{ pending: number }>(sql`
      SELECT count(*)::integer AS pending FROM research_candidates
      WHERE run_id = ${address.id} AND status = 'pending'`);
    const place = await findResearchPlace(tx, address.id);
    if (place === null) return;
    tx.journal({
      ...knowledgeFrame(address, place, systemActor()),
      transitionId: `research-${address.id}:judged`,
      type: 'research.judged',
      summary: 'the pages of a research run wait for decisions',
      payload: { run_id: address.id, pending },
    });
  });
}
