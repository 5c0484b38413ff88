import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { MAX_TOKENS } from '../../domain/money/ledger/cost-record.ts';
import type { RateCard, Rates, TieredRates } from '../../domain/money/ledger/rate-card.ts';
import type { Logger } from '../logging/logger.ts';

/** Prices as they were known when this version was made. */
const BUILT_IN = path.join(import.meta.dirname, 'rate-card.json');
const LOOK_AGAIN_MS = 10_000;
const MICROS_PER_DOLLAR = 1_000_000;

const dollars = z
  .number()
  .min(0)
  .max(10_000)
  .transform((usd) => Math.round(usd * MICROS_PER_DOLLAR));
const prices = { input: dollars, output: dollars, cached_input: dollars, cache_creation: dollars };
const ratesOfPrices = (given: z.output<z.ZodObject<typeof prices>>): Rates => ({
  input: given.input,
  output: given.output,
  cachedInput: given.cached_input,
  cacheCreation: given.cache_creation,
});
/** `long`: the prices of a call that reads more tokens than `above_input_tokens`, from the cache or not. */
const ratesSchema = z
  .strictObject({
    ...prices,
    long: z.strictObject({ above_input_tokens: z.int().min(0).max(MAX_TOKENS), ...prices }).optional(),
  })
  .transform(
    ({ long, ...given }): TieredRates => ({
      ...ratesOfPrices(given),
      ...(long === undefined
        ? {}
        : { long: { aboveInputTokens: long.above_input_tokens, rates: ratesOfPrices(long) } }),
    }),
  );
const byName = z.record(z.string().min(1).max(200), ratesSchema).transform((entries) => {
  return new Map(Object.entries(entries).map(([name, rates]) => [name.toLowerCase(), rates]));
});
const cardSchema = z.strictObject({
  source: z.string().min(1).max(500),
  date: z.iso.date(),
  models: byName,
  ceilings: byName,
});

function readCard(file: string): RateCard {
  return cardSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/**
 * The rate card: the operator's file, or the one that comes with the product. The file is looked at again, at most
 * every ten seconds and only when a price is asked for, so that prices change without a release or a restart; one that
 * cannot be read leaves the card as it was. A file that is wrong at the start is refused.
 */
export function openRateCard(options: {
  readonly file?: string | undefined;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}): () => RateCard {
  const { file = BUILT_IN, log } = options;
  let card = readCard(file);
  let changedAt = statSync(file).mtimeMs;
  let lookAt = performance.now() + LOOK_AGAIN_MS;

  return () => {
    if (options.file === undefined || performance.now() < lookAt) return card;
    lookAt = performance.now() + LOOK_AGAIN_MS;
    try {
      const { mtimeMs } = statSync(file);
      if (mtimeMs === changedAt) return card;
      changedAt = mtimeMs;
      card = readCard(file);
      log.info({ source: card.source, date: card.date }, 'the rate card has changed');
    } catch (error) {
      log.warn({ err: error }, 'the rate card cannot be read; the one before stays');
    }
    return card;
  };
}
