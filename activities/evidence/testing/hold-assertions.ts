import { randomBytes } from 'node:crypto';
import { askJudges } from '../../../commands/evidence/validation/judge-ensemble.ts';
import { runCheck } from '../../../commands/evidence/validation/run-checks.ts';
import type { LlmCaller, LlmClient } from '../../../commands/money/llm/llm-client.ts';
import type { PlayedTurn } from '../../../db/evidence/testing/test-runs-store.ts';
import type { Assertion, AssertionResult } from '../../../domain/evidence/testing/scenario.ts';
import { matchApart } from '../../../platform/text/match-apart.ts';

const FENCE_BYTES = 16;
/** As much of an answer as a judge reads. */
const JUDGED_CHARACTERS = 100_000;

type Verdict = Pick<AssertionResult, 'passed' | 'detail'>;

export interface Holding {
  readonly llm: Pick<LlmClient, 'completeObject'>;
  readonly caller: Omit<LlmCaller, 'purpose' | 'role'>;
}

/** Holds what a turn came to against what is expected of it. */
export async function holdAssertions(
  deps: Holding,
  step: number,
  expected: readonly Assertion[],
  turn: PlayedTurn,
): Promise<AssertionResult[]> {
  const results: AssertionResult[] = [];
  for (const assertion of expected) {
    results.push({ step, kind: assertion.kind, ...(await judge(deps, assertion, turn)) });
  }
  return results;
}

async function judge(deps: Holding, assertion: Assertion, turn: PlayedTurn): Promise<Verdict> {
  const has = (text: string) => turn.text.toLowerCase().includes(text.toLowerCase());
  switch (assertion.kind) {
    case 'contains':
      return { passed: has(assertion.text), detail: has(assertion.text) ? 'the text is there' : 'the text is missing' };
    case 'not_contains':
      return {
        passed: !has(assertion.text),
        detail: has(assertion.text) ? 'the text is there' : 'the text is missing',
      };
    case 'regex': {
      const matched = await matchApart(assertion.pattern, turn.text);
      if (matched === null) return { passed: false, detail: 'the pattern took longer than a second' };
      return { passed: matched, detail: matched ? 'it matches' : 'it does not match' };
    }
    case 'json_schema': {
      const { passed, detail } = runCheck(assertion, { content: turn.text, context: '' });
      return { passed, detail };
    }
    case 'tool_called': {
      // Tools of a server have its name before their own.
      const called = turn.tools.some((tool) => tool === assertion.tool || tool.endsWith(`__${assertion.tool}`));
      return { passed: called, detail: called ? 'it was called' : `of ${turn.tools.length} tools, it was not called` };
    }
    case 'max_cost_usd':
      return { passed: Number(turn.cost_usd) <= assertion.value, detail: `it cost $${turn.cost_usd}` };
    case 'max_duration_ms':
      return { passed: turn.duration_ms <= assertion.value, detail: `it took ${turn.duration_ms} ms` };
    case 'judge_score': {
      const { score, status } = await askJudges(deps.llm, deps.caller, assertion, {
        ...{ content: turn.text.slice(0, JUDGED_CHARACTERS).toWellFormed(), context: '' },
        fence: randomBytes(FENCE_BYTES).toString('hex'),
      });
      if (score === null) return { passed: false, detail: `no judge said anything: ${status}` };
      return { passed: score >= assertion.at_least, detail: `judges scored ${score}` };
    }
  }
}
