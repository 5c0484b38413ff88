import { z } from 'zod';
import { concludeMeditation, storeFindings } from '../../../commands/knowledge/wiki/meditation-steps.ts';
import type { LlmClient } from '../../../commands/money/llm/llm-client.ts';
import type { Database } from '../../../db/kernel/database.ts';
import {
  lintEntries,
  nextLiveEntries,
  readUnlinked,
  type SeenFinding,
} from '../../../db/knowledge/wiki/lint-entries.ts';
import {
  getMeditationAtWork,
  type MeditationAtWork,
  readShownEntries,
} from '../../../db/knowledge/wiki/meditation-store.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { meditationJob } from '../../../domain/knowledge/wiki/meditation-job.ts';
import { proposalPrompt, readProposals } from '../../../domain/knowledge/wiki/propose-links.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import { fenceOf } from '../../../platform/crypto/fence-of.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { JobError, whileAtWork } from '../../work/jobs/while-at-work.ts';

export type MeditationActivities = ReturnType<typeof createMeditationActivities>;

/** Entries that are looked at together: by rows, and by a model. */
const LINTED_AT_ONCE = 50;
const SHOWN_AT_ONCE = 20;
/** As much of an entry as a model is shown. */
const SHOWN_CHARACTERS = 600;
const MAX_TOKENS = 2_048;

const answerSchema = z.object({
  proposals: z.array(z.object({ from: z.number(), to: z.number(), relation: z.string(), rationale: z.string() })),
});

/** The steps of a meditation. Each goes on after the entries whose findings are stored, so it may be taken again. */
export function createMeditationActivities(deps: {
  readonly db: Database;
  readonly jobKinds: Pick<JobRegistry, 'find'>;
  readonly llm: Pick<LlmClient, 'completeObject'>;
  readonly keyRing: Pick<KeyRing, 'digest'>;
}) {
  const { db, llm } = deps;
  const { reads } = db;
  const jobKind = deps.jobKinds.find(meditationJob.name);

  async function propose(
    run: MeditationAtWork,
    address: WorkflowAddress,
    entryIds: readonly string[],
    signal: AbortSignal,
  ): Promise<SeenFinding[]> {
    const { workspaceId } = address;
    const entries = await readShownEntries(reads, workspaceId, entryIds, SHOWN_CHARACTERS);
    if (entries.length < 2) return [];
    const { system, user } = proposalPrompt(entries, fenceOf(deps.keyRing, entries));
    const requestId = address.requestId ?? `meditation-${run.id}`;
    const caller = {
      ...{ workspaceId, purpose: 'meditation', requestId, userId: run.created_by, jobId: run.id, signal },
      cache: { namespaceIds: [run.namespace_id] },
    };
    const prompt = { system, messages: [{ role: 'user' as const, content: user }], maxTokens: MAX_TOKENS };
    const ids = entries.map(({ id }) => id);
    try {
      const { value } = await llm.completeObject(caller, { ...prompt, temperature: 0 }, answerSchema);
      const links = readProposals(value.proposals, ids);
      const unlinked = await readUnlinked(reads, workspaceId, links);
      return unlinked.map(({ from, to, relation, rationale }) => ({
        kind: relation === 'contradicts' ? ('contradiction' as const) : ('proposed_link' as const),
        ...{ entry_id: from, other_entry_id: to, detail: relation, evidence: { relation, rationale } },
      }));
    } catch (error) {
      if (!(error instanceof CrewshipError) || !MODEL_FAULTS.has(error.code)) throw error;
      throw new JobError(error.code, error.message);
    }
  }

  return {
    lintEntries: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async ({ signal }) => {
        const { workspaceId } = address;
        for (;;) {
          signal.throwIfAborted();
          const run = await getMeditationAtWork(reads, workspaceId, address.id);
          const { lint_at: from, namespace_id: namespaceId } = run;
          if (from === null) return;
          const ids = await nextLiveEntries(reads, workspaceId, namespaceId, { after: from, limit: LINTED_AT_ONCE });
          const findings = await lintEntries(reads, workspaceId, namespaceId, ids);
          const page = { from, to: ids.at(-1) ?? null, entries: ids.length, findings };
          if (!(await storeFindings(db, address, 'lint_at', page))) return;
        }
      }),

    proposeLinks: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async ({ signal }) => {
        const { workspaceId } = address;
        for (;;) {
          signal.throwIfAborted();
          const run = await getMeditationAtWork(reads, workspaceId, address.id);
          const { propose_at: from, namespace_id: namespaceId } = run;
          // Nothing is paid for that would not be kept.
          if (run.mode === 'quick' || from === null || run.proposals >= run.max_proposals) return;
          const ids = await nextLiveEntries(reads, workspaceId, namespaceId, { after: from, limit: SHOWN_AT_ONCE });
          const findings = await propose(run, address, ids, signal);
          const page = { from, to: ids.at(-1) ?? null, entries: 0, findings };
          if (!(await storeFindings(db, address, 'propose_at', page))) return;
        }
      }),

    concludeMeditation: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async () => {
        if (jobKind === undefined) throw new Error('this worker does not know meditations');
        await concludeMeditation(db, address, jobKind);
      }),
  };
}

/** What is the model's, and fails the run: what rows show is stored by then. */
const MODEL_FAULTS: ReadonlySet<string> = new Set([
  ...['llm_not_configured', 'credential_missing', 'budget_exceeded', 'llm_failed'],
]);
