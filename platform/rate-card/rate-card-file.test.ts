import { mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ratesOf } from '../../domain/money/ledger/rate-card.ts';
import { openRateCard } from './rate-card-file.ts';

const log = {
  info: vi.fn<(fields: unknown, line?: string) => void>(),
  warn: vi.fn<(fields: unknown, line?: string) => void>(),
};
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const card = (output: number) => ({
  source: 'a test',
  date: '2026-01-02',
  models: { 'Acme/Big': { input: 0, output, cached_input: 0, cache_creation: 0 } },
  ceilings: {},
});

test('the card that comes with the product knows its models in any case and says where its prices are from', () => {
  const built = openRateCard({ log })();
  expect(built.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(ratesOf(built, ' OpenAI', 'GPT-5 ')).toEqual({
    rates: { input: 4_000_000, output: 24_000_000, cachedInput: 400_000, cacheCreation: 4_000_000 },
    known: true,
  });
  expect(ratesOf(built, 'deepseek', 'deepseek-chat').rates.cachedInput).toBe(25_200);
});

test('a file that changes is read again; one that cannot be read leaves the card as it was', () => {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'card-')), 'card.json');
  const write = (text: string, second: number) => {
    writeFileSync(file, text);
    utimesSync(file, second, second);
    vi.advanceTimersByTime(11_000);
  };
  write(JSON.stringify(card(1)), 1);
  const current = openRateCard({ file, log: log as never });
  const output = () => ratesOf(current(), 'acme', 'big').rates.output;
  expect(output()).toBe(1_000_000);
  write(JSON.stringify(card(2.5)), 2);
  expect(output()).toBe(2_500_000);
  for (const [index, bad] of ['{', JSON.stringify({ ...card(3), models: { x: {} } })].entries()) {
    write(bad, 3 + index);
    expect(output()).toBe(2_500_000);
  }
  expect(log.warn).toHaveBeenCalledTimes(2);
  expect(() => openRateCard({ file, log: log as never })).toThrow();
});

test('a model may have other prices for long calls', () => {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'card-')), 'card.json');
  const prices = { input: 1, output: 2, cached_input: 0, cache_creation: 1 };
  const long = { above_input_tokens: 200_000, ...prices, input: 3 };
  const models = { 'acme/long': { ...prices, long }, 'acme/short': prices };
  writeFileSync(file, JSON.stringify({ ...card(1), models }));
  const read = openRateCard({ file, log: log as never })();
  expect(ratesOf(read, 'acme', 'long').rates.long).toMatchObject({
    ...{ aboveInputTokens: 200_000, rates: { input: 3_000_000 } },
  });
  expect(ratesOf(read, 'acme', 'short').rates).not.toHaveProperty('long');
});
