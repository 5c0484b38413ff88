import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type JudgeOutcome, takeJudgement } from '../../../commands/engine/keeper/decide-keeper-request.ts';
import type { LlmClient } from '../../../commands/money/llm/llm-client.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { getGovernance } from '../../../db/vault/keeper/keeper-governance-store.ts';
import { readRequestToJudge, type RequestToJudge } from '../../../db/vault/keeper/read-judged-request.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { judgePrompt } from '../../../domain/vault/keeper/judge-prompt.ts';
import {
  type KeeperGovernance,
  MAX_KEPT_LENGTH,
  readVerdict,
  unjudged,
} from '../../../domain/vault/keeper/keeper-request.ts';
import { whileHeartbeating } from '../../kernel/while-heartbeating.ts';

export type KeeperJudgeActivities = ReturnType<typeof createKeeperJudgeActivities>;

/** Wide on purpose: an answer that is not as it should be is read, and denied, by the keeper's own rules. */
const saidByJudge = z.object({ decision: z.string(), reason: z.string(), risk_score: z.number() });

const MAX_TOKENS = 256;
const TEMPERATURE = 0.1;
const FENCE_BYTES = 8;

/** Why there is no verdict, as it may be shown. What a provider said is in none of it. */
const FAILED: Readonly<Record<string, string>> = {
  llm_not_configured: 'no model is configured that could judge this',
  credential_missing: 'the model that judges has no key that works',
  budget_exceeded: 'no budget is left for the model that judges',
};

interface JudgeDeps {
  readonly db: Database;
  readonly llm: Pick<LlmClient, 'completeObject'>;
  /** Null: there is no randomness. Tests say what it gives. */
  readonly fence?: () => string | null;
}

/**
 * Asks a model about a request and writes down what comes of it; one that waits no more is left alone. Whatever keeps
 * the model from a clear answer is a denial.
 */
export function createKeeperJudge(deps: JudgeDeps): (address: WorkflowAddress) => Promise<void> {
  const { db, llm, fence = randomFence } = deps;

  async function ask(
    address: WorkflowAddress,
    request: RequestToJudge,
    governance: KeeperGovernance,
  ): Promise<JudgeOutcome> {
    const { system, user } = judgePrompt(request, governance, fence());
    const prompt = user.slice(0, MAX_KEPT_LENGTH);
    try {
      const { value, provider, model } = await llm.completeObject(
        {
          workspaceId: address.workspaceId,
          purpose: 'keeper',
          requestId: address.requestId ?? `keeper-${address.id}`,
          crewId: request.crewId,
          agentId: request.agentId,
          missionId: request.missionId,
          runId: request.runId,
          deadlineMs: Math.max(1, Math.min(governance.judge_timeout_seconds * 1_000, request.leftMs)),
        },
        { system, messages: [{ role: 'user', content: user }], maxTokens: MAX_TOKENS, temperature: TEMPERATURE },
        saidByJudge,
      );
      const reply = JSON.stringify(value).slice(0, MAX_KEPT_LENGTH);
      return { verdict: readVerdict(value), profile: `${provider}/${model}`, prompt, reply };
    } catch (error) {
      if (!(error instanceof CrewshipError)) throw error;
      const { code, extensions } = error;
      if (code === 'llm_failed') {
        const { provider, model, reason } = extensions;
        const verdict = unjudged(`the model that judges gave no verdict: ${String(reason)}`);
        return { verdict, profile: `${String(provider)}/${String(model)}`, prompt, reply: null };
      }
      const why = FAILED[code];
      // The database is away, or the like: tried again as long as the judge's time lasts.
      if (why === undefined) throw error;
      return { verdict: unjudged(why), profile: 'none', prompt, reply: null };
    }
  }

  return async (address) => {
    const request = await readRequestToJudge(db.reads, address.workspaceId, address);
    if (request === null || request.leftMs <= 0) return;
    const governance = await getGovernance(db.reads, address.workspaceId);
    await takeJudgement(db, address, await ask(address, request, governance));
  };
}

/** The keeper's questions to a model, as an activity. */
export function createKeeperJudgeActivities(deps: JudgeDeps) {
  const judge = createKeeperJudge(deps);
  return {
    judgeKeeperRequest: (address: WorkflowAddress): Promise<void> => whileHeartbeating(() => judge(address)),
  };
}

function randomFence(): string | null {
  try {
    return randomBytes(FENCE_BYTES).toString('hex');
  } catch {
    return null;
  }
}
