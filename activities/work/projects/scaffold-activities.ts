import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { concludeScaffold, storeScaffoldPlan } from '../../../commands/work/projects/scaffold-steps.ts';
import type { LlmClient } from '../../../commands/money/llm/llm-client.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findScaffoldAtWork, type ScaffoldAtWork } from '../../../db/work/projects/scaffold-store.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import {
  MAX_SCAFFOLD_ITEMS,
  plannedItems,
  type ScaffoldPlan,
  scaffoldPrompt,
} from '../../../domain/work/projects/scaffold.ts';
import { scaffoldJob } from '../../../domain/work/projects/scaffold-job.ts';
import { findTemplate } from '../../../platform/project-templates/project-templates.ts';
import { JobError, whileAtWork } from '../jobs/while-at-work.ts';
import { makeNextItem } from './make-scaffold-item.ts';

export type ScaffoldActivities = ReturnType<typeof createScaffoldActivities>;

const MAX_TOKENS = 8_192;
const FENCE_BYTES = 8;

const text = z.string();
const planSchema = z.object({
  folders: z.array(text),
  documents: z.array(z.object({ folder: text, title: text, content: text })),
  tasks: z.array(z.object({ title: text, description: text })),
});

/** What is the model's, and fails the job: nobody else knows a plan. */
const MODEL_FAULTS: ReadonlySet<string> = new Set([
  ...['llm_not_configured', 'credential_missing', 'budget_exceeded', 'llm_failed'],
]);

/** The steps of a scaffold: what is planned is stored whole, then made one by one, so both may be taken again. */
export function createScaffoldActivities(deps: {
  readonly db: Database;
  readonly jobKinds: Pick<JobRegistry, 'find'>;
  readonly llm: Pick<LlmClient, 'completeObject'>;
}) {
  const { db, llm } = deps;
  const jobKind = deps.jobKinds.find(scaffoldJob.name);

  async function readScaffold({ workspaceId, id }: WorkflowAddress): Promise<ScaffoldAtWork> {
    const scaffold = await findScaffoldAtWork(db.reads, workspaceId, id);
    if (scaffold === null) throw new JobError('gone', 'the job is gone');
    return scaffold;
  }

  async function planOf(
    { input, created_by: userId }: ScaffoldAtWork,
    address: WorkflowAddress,
    signal: AbortSignal,
  ): Promise<ScaffoldPlan> {
    if ('template' in input) {
      const template = findTemplate(input.template);
      if (template === undefined) throw new JobError('gone', 'this version of the product has no such template');
      return template;
    }
    const { workspaceId, id: jobId } = address;
    const { system, user } = scaffoldPrompt(input.prompt, randomBytes(FENCE_BYTES).toString('hex'));
    const requestId = address.requestId ?? `job-${jobId}`;
    const caller = { workspaceId, purpose: 'scaffold', requestId, userId, projectId: input.project_id, jobId, signal };
    const prompt = { system, messages: [{ role: 'user' as const, content: user }], maxTokens: MAX_TOKENS };
    try {
      return (await llm.completeObject(caller, { ...prompt, temperature: 0 }, planSchema)).value;
    } catch (error) {
      if (!(error instanceof CrewshipError) || !MODEL_FAULTS.has(error.code)) throw error;
      throw new JobError(error.code, `no model made a plan: ${error.message}`, { cause: error });
    }
  }

  return {
    planScaffold: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async ({ signal }) => {
        const scaffold = await readScaffold(address);
        // Planned by a try whose answer was lost: a model would plan something else.
        if (scaffold.isPlanned) return;
        const items = plannedItems(await planOf(scaffold, address, signal));
        if (items.length === 0) throw new JobError('llm_failed', 'the model’s plan has nothing that can be made');
        signal.throwIfAborted();
        await storeScaffoldPlan(db, address, scaffold.input.project_id, items);
      }),

    makeScaffold: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async ({ signal, report }) => {
        if (jobKind === undefined) throw new Error('this worker does not know scaffolds');
        const { input } = await readScaffold(address);
        for (let made = 1; made <= MAX_SCAFFOLD_ITEMS; made += 1) {
          signal.throwIfAborted();
          if (!(await makeNextItem(db, address))) break;
          report({ message: `made ${made}` });
        }
        await concludeScaffold(db, address, jobKind, input.project_id);
      }),
  };
}
