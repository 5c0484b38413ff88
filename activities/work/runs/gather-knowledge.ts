import { randomBytes } from 'node:crypto';
import type { Database } from '../../../db/kernel/database.ts';
import { readReach, sightIds } from '../../../db/knowledge/namespaces/reach.ts';
import { retrieve } from '../../../db/knowledge/search/retrieve.ts';
import type { RunExecution } from '../../../db/work/runs/read-run-execution.ts';
import { retrievalOf } from '../../../domain/work/pipeline/pipeline-policy.ts';
import type { Logger } from '../../../platform/logging/logger.ts';

const QUERY_CHARACTERS = 1_000;
const MOST_ENTRIES = 8;
const MOST_TOKENS = 4_000;
const FENCE_BYTES = 16;

function questionOf({ chat, task, request }: RunExecution): string {
  const asked = chat?.message ?? request?.content ?? [task?.title, task?.description].filter(Boolean).join('\n');
  return asked.slice(0, QUERY_CHARACTERS).toWellFormed().trim();
}

/**
 * What is known about an attempt's work, for its prompt: of the namespaces that the person it works for reaches, as far
 * as its agent does too. Null where the policy wants none, nobody is known, or nothing is found; what cannot be
 * gathered in time the attempt does without.
 */
export async function gatherKnowledge(
  deps: { readonly db: Pick<Database, 'reads'>; readonly log: Pick<Logger, 'warn'> },
  execution: RunExecution,
): Promise<string | null> {
  const wanted = retrievalOf(execution.policy);
  const query = questionOf(execution);
  const { workspaceId, actsFor: userId } = execution;
  if (wanted === null || userId === null || query === '') return null;
  const { reads } = deps.db;
  const gather = async () => {
    const reach = sightIds(await readReach(reads, { workspaceId, userId, agentId: execution.agent.id })).reads;
    const asked = { query, depth: 1, relations: undefined, maxEntries: MOST_ENTRIES, maxTokens: MOST_TOKENS };
    const fence = randomBytes(FENCE_BYTES).toString('hex');
    const { packed } = await retrieve(reads, workspaceId, reach, { ...asked, fence });
    return packed.parts.length === 0 ? null : packed.context;
  };
  for (let tried = 1; tried <= wanted.tries; tried += 1) {
    try {
      return await within(wanted.timeoutMs, gather());
    } catch (error) {
      deps.log.warn({ err: error, run_id: execution.run.id, tried }, 'what is known was not gathered for a run');
    }
  }
  return null;
}

function within<Value>(timeoutMs: number, work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not done within ${timeoutMs} ms`)), timeoutMs);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
