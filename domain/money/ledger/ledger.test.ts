import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admits, budgetState } from './budget.ts';
import { MAX_TOKENS } from './cost-record.ts';
import { microsOfUsd, usdText } from './money.ts';
import { costMicrosOf, mostMicrosOf, ratesOfCall } from './rate-card.ts';

test('dollars as text and micro-dollars are the same amount', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), (micros) => {
      expect(microsOfUsd(usdText(micros))).toBe(micros);
    }),
  );
  expect(microsOfUsd('5')).toBe(5_000_000);
  expect(microsOfUsd('0.1')).toBe(100_000);
  for (const bad of ['', '-1', '1.', '.5', '1e3', '0.0000001', '1234567890', ' 1', 'NaN']) {
    expect(microsOfUsd(bad), bad).toBeNull();
  }
});

test('a cost is whole micro-dollars, to the nearest, also where the product exceeds the safe integers', () => {
  const rates = { input: 600_000_000, output: 252_000, cachedInput: 25_200, cacheCreation: 1 };
  const none = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheCreationTokens: 0 };
  expect(costMicrosOf(rates, { ...none, inputTokens: MAX_TOKENS })).toBe(60_000_000_000);
  expect(costMicrosOf(rates, { ...none, outputTokens: 2 })).toBe(1);
  expect(costMicrosOf(rates, { ...none, outputTokens: 1 })).toBe(0);
  expect(costMicrosOf(rates, none)).toBe(0);
});

test('soft and tiered budgets warn from 80 percent, a hard one when it is used up', () => {
  const at = (mode: 'soft' | 'tiered' | 'hard', spent: number) => budgetState({ mode, spent, limit: 100 });
  expect((['soft', 'tiered', 'hard'] as const).map((mode) => [at(mode, 79), at(mode, 80), at(mode, 100)])).toEqual([
    ['ok', 'warning', 'exceeded'],
    ['ok', 'warning', 'exceeded'],
    ['ok', 'ok', 'exceeded'],
  ]);
});

test('what is reserved never goes beyond a limit that refuses', () => {
  const amounts = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 40 });
  fc.assert(
    fc.property(fc.constantFrom('tiered', 'hard'), fc.nat(100), amounts, (mode, spent, wanted) => {
      const budget = { mode, spent, limit: 100, reserved: 0 } as const;
      let reserved = 0;
      for (const amount of wanted) if (admits({ ...budget, reserved }, amount)) reserved += amount;
      expect(spent + reserved).toBeLessThanOrEqual(100);
    }),
  );
  const full = { mode: 'soft', spent: 100, reserved: 100, limit: 100 } as const;
  expect([admits(full, 5), admits({ ...full, mode: 'hard' }, 0)]).toEqual([true, true]);
});

test('a call that reads more than its tier has is priced by the next one, and writing for an hour costs double', () => {
  const usd = { input: 2_000_000, output: 10_000_000, cachedInput: 200_000, cacheCreation: 2_500_000 };
  const dear = { input: 4_000_000, output: 15_000_000, cachedInput: 400_000, cacheCreation: 5_000_000 };
  const tiers = { ...usd, long: { aboveInputTokens: 1_000, rates: dear } };
  const none = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheCreationTokens: 0 };
  expect(ratesOfCall(tiers, { ...none, inputTokens: 1_000 })).toEqual(usd);
  expect(ratesOfCall(tiers, { ...none, inputTokens: 600, cachedInputTokens: 401 })).toEqual(dear);
  const written = { ...none, cacheCreationTokens: 1_000, longCacheCreationTokens: 600 };
  expect(costMicrosOf(usd, written)).toBe(400 * 2.5 + 600 * 4);
});

test('what is held for a call is never less than it can come to cost', () => {
  const rate = fc.integer({ min: 0, max: 200_000_000 });
  const rates = fc.record({ input: rate, output: rate, cachedInput: rate, cacheCreation: rate });
  const tokens = fc.nat(300_000);
  const parts = fc.record({ fresh: tokens, cached: tokens, written: tokens, long: tokens, output: tokens });
  fc.assert(
    fc.property(rates, fc.option(rates), parts, fc.nat(50_000), fc.boolean(), (base, above, used, spare, anHour) => {
      const tiers = above === null ? base : { ...base, long: { aboveInputTokens: 200_000, rates: above } };
      const long = anHour ? used.long : 0;
      const usage = {
        inputTokens: used.fresh,
        outputTokens: used.output,
        cachedInputTokens: used.cached,
        cacheCreationTokens: used.written + long,
        longCacheCreationTokens: long,
      };
      const most = {
        inputTokens: used.fresh + used.cached + used.written + long + spare,
        outputTokens: used.output,
        cachedInputTokens: 0,
        cacheCreationTokens: 0,
      };
      expect(mostMicrosOf(tiers, most, anHour)).toBeGreaterThanOrEqual(costMicrosOf(ratesOfCall(tiers, usage), usage));
    }),
  );
});
