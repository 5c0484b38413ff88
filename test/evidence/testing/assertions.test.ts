import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Holding, holdAssertions } from '../../../activities/evidence/testing/hold-assertions.ts';
import type { Assertion } from '../../../domain/evidence/testing/scenario.ts';
import { matchApart } from '../../../platform/text/match-apart.ts';

/** Judges that say this. */
function holding(score: number | null): Holding {
  return {
    caller: { workspaceId: 'w', requestId: 'r' },
    llm: {
      completeObject: (_caller, _prompt, schema) => {
        if (score === null) throw new Error('nobody is asked');
        const value = (schema as z.ZodType).parse({ score, confidence: 1, reason: 'as it is' });
        return Promise.resolve({ value, provider: 'openai', model: 'm', ledgerIds: [], configVersion: 1 }) as never;
      },
    },
  };
}
const TURN = {
  text: 'The Harbour opens at 06:00. {"a": 1}',
  tools: ['Bash', 'mcp__crewship__list_issues'],
  cost_usd: '0.250000',
  duration_ms: 1_500,
};
const passes = async (assertion: Assertion, turn = TURN, score: number | null = null) =>
  (await holdAssertions(holding(score), 1, [assertion], turn))[0]!.passed;

test('each assertion passes what is as it wants it, and nothing else', async () => {
  expect(await passes({ kind: 'contains', text: 'harbour' })).toBe(true);
  expect(await passes({ kind: 'contains', text: 'port' })).toBe(false);
  expect(await passes({ kind: 'not_contains', text: 'port' })).toBe(true);
  expect(await passes({ kind: 'not_contains', text: 'HARBOUR' })).toBe(false);
  expect(await passes({ kind: 'regex', pattern: '\\d\\d:\\d\\d' })).toBe(true);
  expect(await passes({ kind: 'regex', pattern: '^\\d' })).toBe(false);
  const schema = { type: 'object', properties: { a: { const: 1 } }, required: ['a'] };
  expect(await passes({ kind: 'json_schema', schema }, { ...TURN, text: '{"a": 1}' })).toBe(true);
  expect(await passes({ kind: 'json_schema', schema })).toBe(false);
  expect(await passes({ kind: 'tool_called', tool: 'list_issues' })).toBe(true);
  expect(await passes({ kind: 'tool_called', tool: 'issues' })).toBe(false);
  expect(await passes({ kind: 'max_cost_usd', value: 0.25 })).toBe(true);
  expect(await passes({ kind: 'max_cost_usd', value: 0.24 })).toBe(false);
  expect(await passes({ kind: 'max_duration_ms', value: 1_500 })).toBe(true);
  expect(await passes({ kind: 'max_duration_ms', value: 1_499 })).toBe(false);
  const judged = { kind: 'judge_score', rubric: 'is kind', judges: 3, at_least: 0.7 } as const;
  expect([await passes(judged, TURN, 0.7), await passes(judged, TURN, 0.69)]).toEqual([true, false]);
});

test('what came of it says nothing of the answer', async () => {
  const results = await holdAssertions(
    holding(0.5),
    2,
    [
      ...([{ kind: 'contains', text: 'harbour' }] as const),
      ...([{ kind: 'regex', pattern: 'Harbour' }] as const),
      { kind: 'judge_score', rubric: 'is kind', judges: 1, at_least: 1 },
    ],
    TURN,
  );
  expect(results.map(({ step, kind, passed }) => [step, kind, passed])).toEqual([
    [2, 'contains', true],
    [2, 'regex', true],
    [2, 'judge_score', false],
  ]);
  expect(JSON.stringify(results)).not.toMatch(/harbour/i);
});

test('a pattern that never ends freezes nobody, and does not match', async () => {
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 20);
  expect(await matchApart('^(a+)+$', `${'a'.repeat(40)}b`)).toBeNull();
  clearInterval(timer);
  // The thread that waits goes on meanwhile.
  expect(ticks).toBeGreaterThan(5);
  expect(await passes({ kind: 'regex', pattern: '^(a|a)*$' }, { ...TURN, text: `${'a'.repeat(40)}b` })).toBe(false);
});
