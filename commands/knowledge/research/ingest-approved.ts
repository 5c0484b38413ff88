import { type Actor, systemActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { PAGE_CHARACTERS, TITLE_CHARACTERS } from '../../../domain/knowledge/research/research-run.ts';
import type { RegisteredJobKind } from '../../../domain/work/jobs/job-registry.ts';
import type { StepOutcome } from '../../../domain/work/jobs/job-step.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  type ApprovedPage,
  findResearchPlace,
  nextApproved,
  type ResearchPlace,
} from '../../../db/knowledge/research/research-rows.ts';
import { lockJob } from '../../../db/work/jobs/job-row.ts';
import { storeJobResult } from '../../engine/jobs/job-work.ts';
import { createEntry } from '../entries/entry-commands.ts';
import { knowledgeFrame } from '../namespaces/hold-namespace.ts';

/** Pages that become entries before the job looks whether it goes on. */
const AT_ONCE = 20;

/** Why a page that was approved became no entry: what its namespace, or who approved of it, has become since. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['not_found', 'forbidden', 'wrong_state', 'conflict', 'invalid_request', 'limit_reached'],
]);

/**
 * Makes entries of pages that people approved of, each in a transaction of its own and once. `wait`: others wait for
 * decisions; `done`: nothing does, and the job has its result.
 */
export async function ingestApproved(
  db: Database,
  address: WorkflowAddress,
  jobKind: Pick<RegisteredJobKind, 'result'>,
  signal: AbortSignal,
): Promise<StepOutcome> {
  for (let done = 0; done < AT_ONCE; done += 1) {
    signal.throwIfAborted();
    if (!(await ingestNext(db, address))) return conclude(db, address, jobKind);
  }
  return 'again';
}

/** False: there is none. */
async function ingestNext(db: Database, address: WorkflowAddress): Promise<boolean> {
  try {
    return await db.transaction(workflowScope(address), (tx) => ingest(tx, address, (page) => page.title));
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  // An entry may have the title by now: the page's site tells them apart.
  try {
    return await db.transaction(workflowScope(address), (tx) => ingest(tx, address, titleWithSite));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return giveUp(db, address, error.message);
  }
}

const isRefusal = (error: unknown): error is CrewshipError =>
  error instanceof CrewshipError && REFUSALS.has(error.code);

function titleWithSite({ title, url }: ApprovedPage): string {
  const site = ` (${new URL(url).hostname})`.slice(0, TITLE_CHARACTERS / 2);
  return `${title.slice(0, TITLE_CHARACTERS - site.length).toWellFormed()}${site}`;
}

/** The run's next page, while the job is held; false: there is none, or the job is to end. */
async function holdNext(
  tx: Tx,
  address: WorkflowAddress,
): Promise<{ readonly page: ApprovedPage; readonly place: ResearchPlace } | null> {
  const job = await lockJob(tx, address.id);
  if (job === null || job.generation !== address.generation) return null;
  if (job.status !== 'running' && job.status !== 'waiting') return null;
  const [page, place] = [await nextApproved(tx, address.id), await findResearchPlace(tx, address.id)];
  return page === null || place === null ? null : { page, place };
}

async function ingest(tx: Tx, address: WorkflowAddress, titleOf: (page: ApprovedPage) => string): Promise<boolean> {
  const next = await holdNext(tx, address);
  if (next === null) return false;
  const { page, place } = next;
  if (page.role === null) throw new CrewshipError('forbidden', 'who approved of it is no member any more');
  const { workspaceId } = address;
  const caller = { workspaceId, userId: page.decided_by, role: page.role };
  const actor: Actor = { ...systemActor(), type: 'user', id: page.decided_by };
  const entry = await createEntry(
    tx,
    caller,
    {
      namespace: place.name,
      title: titleOf(page).slice(0, TITLE_CHARACTERS).toWellFormed(),
      kind: 'page',
      content: withoutLinks(page.content),
      summary: page.excerpt,
      tags: page.entry_tags,
      status: 'published',
      visibility: 'visible',
      source: { type: 'web', url: page.url },
      confidence: page.score,
      expires_at: null,
      links: [],
    },
    actor,
    { origin: 'ingest', needsReview: false },
  );
  await tx.execute(sql`
    UPDATE research_candidates SET status = 'ingested', entry_id = ${entry.id}, content = NULL WHERE id = ${page.id}`);
  tx.journal({
    ...knowledgeFrame(caller, place, actor),
    type: 'research.ingested',
    summary: 'a page of a research run became an entry',
    payload: { run_id: address.id, candidate_id: page.id, entry_id: entry.id },
  });
  return true;
}

/** What a page of the web puts into double brackets is none of our titles. */
function withoutLinks(content: string): string {
  return content.replaceAll('[[', '\\[\\[').slice(0, PAGE_CHARACTERS).toWellFormed();
}

async function giveUp(db: Database, address: WorkflowAddress, reason: string): Promise<boolean> {
  return db.transaction(workflowScope(address), async (tx) => {
    const next = await holdNext(tx, address);
    if (next === null) return false;
    await tx.execute(sql`
      UPDATE research_candidates SET status = 'ingest_failed', reason = ${reason.slice(0, 500)}, content = NULL
      WHERE id = ${next.page.id}`);
    return true;
  });
}

/** Whether pages wait for decisions, once more while nobody decides; if none does, what came of the run. */
async function conclude(
  db: Database,
  address: WorkflowAddress,
  jobKind: Pick<RegisteredJobKind, 'result'>,
): Promise<StepOutcome> {
  return db.transaction(workflowScope(address), async (tx) => {
    await lockJob(tx, address.id);
    const counts = await tx.one<{ found: number; ingested: number; pending: number; approved: number }>(sql`
      SELECT count(*)::integer AS found, (count(*) FILTER (WHERE status = 'ingested'))::integer AS ingested,
        (count(*) FILTER (WHERE status = 'pending'))::integer AS pending,
        (count(*) FILTER (WHERE status = 'approved'))::integer AS approved
      FROM research_candidates WHERE run_id = ${address.id}`);
    if (counts.approved > 0) return 'again';
    if (counts.pending > 0) return 'wait';
    await storeJobResult(tx, address, jobKind, { found: counts.found, ingested: counts.ingested });
    return 'done';
  });
}
