import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ingestApproved } from '../../../commands/knowledge/research/ingest-approved.ts';
import {
  markDuplicates,
  storeFetched,
  storeFound,
  storeJudged,
  storePlan,
  tellJudged,
} from '../../../commands/knowledge/research/research-steps.ts';
import type { LlmClient, LlmCaller } from '../../../commands/money/llm/llm-client.ts';
import { readSetting } from '../../../db/instance/settings/settings-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import {
  getResearchAtWork,
  listUnfetched,
  listUnjudged,
  readPageText,
  type ResearchAtWork,
} from '../../../db/knowledge/research/research-work.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { isOfDomains, pageUrl } from '../../../domain/knowledge/research/page-url.ts';
import { researchJob } from '../../../domain/knowledge/research/research-job.ts';
import {
  judgePrompt,
  plainQueries,
  planPrompt,
  scoreByWords,
} from '../../../domain/knowledge/research/research-prompts.ts';
import { MOST_QUERIES, PAGE_CHARACTERS, SEARCH_SETTING } from '../../../domain/knowledge/research/research-run.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import type { StepOutcome } from '../../../domain/work/jobs/job-step.ts';
import { fenceOf } from '../../../platform/crypto/fence-of.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { GuardedClient } from '../../../platform/guarded-http/guarded-client.ts';
import { fetchPage } from '../../../platform/web-pages/fetch-page.ts';
import type { PageReader } from '../../../platform/web-pages/page-reader.ts';
import { createRobotsRules } from '../../../platform/web-pages/robots-rules.ts';
import type { SearchHit, WebSearch } from '../../../platform/web-search/searxng-search.ts';
import { JobError, whileAtWork } from '../../work/jobs/while-at-work.ts';

export type ResearchActivities = ReturnType<typeof createResearchActivities>;

/** Pages that are fetched, and that are judged, at once. */
const AT_ONCE = 3;
/** As much of a page as is judged. */
const JUDGED_CHARACTERS = 12_000;
const FENCE_BYTES = 8;
const QUERY_CHARACTERS = 500;
const SEARCH_TRIES = 2;

const planSchema = z.object({ queries: z.array(z.string()) });
const judgementSchema = z.object({ score: z.number(), reason: z.string() });

/** The steps of research. Each looks at what is there and does what is left, so it may be taken again at any time. */
export function createResearchActivities(deps: {
  readonly db: Database;
  readonly keyRing: Pick<KeyRing, 'open' | 'digest'>;
  readonly jobKinds: Pick<JobRegistry, 'find'>;
  readonly llm: Pick<LlmClient, 'completeObject'>;
  readonly client: Pick<GuardedClient, 'send'>;
  readonly search: WebSearch;
  readonly reader: PageReader;
}) {
  const { db } = deps;
  const jobKind = deps.jobKinds.find(researchJob.name);

  const searchUrl = (workspaceId: string) => readSetting(db, deps.keyRing, { workspaceId, key: SEARCH_SETTING });

  const callerOf = (
    run: ResearchAtWork,
    address: WorkflowAddress,
    purpose: string,
    signal: AbortSignal,
  ): LlmCaller => ({
    workspaceId: address.workspaceId,
    purpose,
    requestId: address.requestId ?? `research-${run.id}`,
    userId: run.created_by,
    jobId: run.id,
    ...(run.crew_id === null ? {} : { crewId: run.crew_id, agentId: run.agent_id }),
    signal,
  });

  /** What a model answers; null where none is configured, can be paid for or answers. */
  async function askModel<Value>(
    caller: LlmCaller,
    { system, user }: { readonly system: string; readonly user: string },
    schema: z.ZodType<Value>,
  ): Promise<Value | null> {
    try {
      const prompt = { system, messages: [{ role: 'user' as const, content: user }], maxTokens: 1_024, temperature: 0 };
      return (await deps.llm.completeObject(caller, prompt, schema)).value;
    } catch (error) {
      if (error instanceof CrewshipError && MODEL_FAULTS.has(error.code)) return null;
      throw error;
    }
  }

  return {
    planResearch: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async ({ signal }) => {
        const run = await getResearchAtWork(db.reads, address.workspaceId, address.id);
        if (run.queries !== null) return;
        // Nothing is searched for where no search is.
        if (run.urls.length > 0 && (await searchUrl(address.workspaceId)) === undefined) {
          return storePlan(db, address, { queries: [], by: 'words' });
        }
        // Its question is all that the prompt holds.
        const caller = { ...callerOf(run, address, 'plan', signal), cache: { namespaceIds: [] } };
        const fence = fenceOf(deps.keyRing, { topic: run.topic, questions: run.questions });
        const said = await askModel(caller, planPrompt(run, fence), planSchema);
        const queries = [...new Set((said?.queries ?? []).map(clean).filter((query) => query !== ''))];
        const planned = queries.length > 0;
        signal.throwIfAborted();
        await storePlan(db, address, {
          queries: planned ? queries.slice(0, MOST_QUERIES) : plainQueries(run),
          by: planned ? 'model' : 'words',
        });
      }),

    searchWeb: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async ({ signal }) => {
        const { workspaceId } = address;
        const run = await getResearchAtWork(db.reads, workspaceId, address.id);
        const baseUrl = await searchUrl(workspaceId);
        const given = run.urls.map((url) => ({ url, title: '' }));
        if (typeof baseUrl !== 'string') {
          if (given.length === 0) throw new JobError('search_not_configured', 'no search provider is configured');
          return storeFound(db, address, firstOfEach(given));
        }
        const lists: (readonly SearchHit[])[] = [];
        let failed: CrewshipError | null = null;
        for (const query of run.queries ?? []) {
          try {
            const options = { baseUrl, share: workspaceId, signal };
            lists.push(await tried(SEARCH_TRIES, () => deps.search.search(query, options)));
          } catch (error) {
            signal.throwIfAborted();
            if (!(error instanceof CrewshipError)) throw error;
            failed = error;
          }
        }
        if (lists.length === 0 && failed !== null && given.length === 0) {
          throw new JobError('search_failed', `the search provider did not answer: ${failed.message}`);
        }
        await storeFound(
          db,
          address,
          firstOfEach([...given, ...inTurn(lists).filter(({ url }) => isOfDomains(url, run.allowed_domains))]),
        );
      }),

    fetchPages: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async ({ signal, report }) => {
        const { workspaceId } = address;
        const run = await getResearchAtWork(db.reads, workspaceId, address.id);
        const left = await listUnfetched(db.reads, workspaceId, run.id);
        const robots = createRobotsRules(deps.client, workspaceId);
        let done = 0;
        await inParallel(left, AT_ONCE, async ({ id, url }) => {
          const page = await fetchPage(
            { ...deps, robots },
            {
              ...{ url, domains: run.allowed_domains, limitCharacters: PAGE_CHARACTERS, share: workspaceId, signal },
            },
          );
          await storeFetched(db, address, id, page);
          report({ message: `fetched ${(done += 1)} of ${left.length}` });
        });
        await markDuplicates(db, address);
      }),

    judgePages: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async ({ signal, report }) => {
        const { workspaceId } = address;
        const run = await getResearchAtWork(db.reads, workspaceId, address.id);
        const left = await listUnjudged(db.reads, workspaceId, run.id);
        let done = 0;
        await inParallel(left, AT_ONCE, async (id) => {
          const page = await readPageText(db.reads, workspaceId, id, JUDGED_CHARACTERS);
          if (page === null) return;
          signal.throwIfAborted();
          const caller = callerOf(run, address, 'judge', signal);
          const said = await askModel(caller, judgePrompt(run, page, randomFence()), judgementSchema);
          const judged =
            said === null
              ? { score: scoreByWords(run, page), reason: 'by the words that it shares with the question' }
              : said;
          await storeJudged(db, address, id, { ...judged, by: said === null ? 'words' : 'model' });
          report({ message: `judged ${(done += 1)} of ${left.length}` });
        });
        await tellJudged(db, address);
      }),

    /** Some of what was approved becomes entries; says whether more is to be done, or decided. */
    ingestApprovedPages: (address: WorkflowAddress): Promise<StepOutcome> =>
      whileAtWork(deps, address, async ({ signal }) => {
        if (jobKind === undefined) throw new Error('this worker does not know research');
        return ingestApproved(db, address, jobKind, signal);
      }),
  };
}

/** What is the model's, and not ours: pages are then judged by their words. */
const MODEL_FAULTS: ReadonlySet<string> = new Set([
  ...['llm_not_configured', 'credential_missing', 'budget_exceeded', 'llm_failed'],
]);

const randomFence = () => randomBytes(FENCE_BYTES).toString('hex');
const clean = (query: string) => query.replace(/\s+/g, ' ').trim().slice(0, QUERY_CHARACTERS).toWellFormed();

/** The pages by their addresses, each once, those that are none left out. */
function firstOfEach(found: readonly SearchHit[]): SearchHit[] {
  const first = new Map<string, SearchHit>();
  for (const { url, title } of found) {
    const known = pageUrl(url);
    if (known !== null && !first.has(known)) first.set(known, { url: known, title: clean(title) });
  }
  return [...first.values()];
}

/** The first of each list, then the second of each. */
function inTurn<Item>(lists: readonly (readonly Item[])[]): Item[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, place) => lists.flatMap((list) => list.slice(place, place + 1))).flat();
}

async function tried<Value>(times: number, work: () => Promise<Value>): Promise<Value> {
  for (let left = times; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left <= 1) throw error;
    }
  }
}

/** Works on some at once; the first that fails ends it, after those that are under way. */
async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  let isOver = false;
  const outcomes = await Promise.allSettled(
    Array.from({ length: atOnce }, async () => {
      for (const item of left) {
        if (isOver) return;
        try {
          await work(item);
        } catch (error) {
          isOver = true;
          throw error;
        }
      }
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason as Error;
}
