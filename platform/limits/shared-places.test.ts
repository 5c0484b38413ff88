import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSharedPlaces } from './shared-places.ts';

test('one who takes all there is leaves an eighth, of which others have a few each', () => {
  const places = createSharedPlaces(128);
  const greedy: (() => void)[] = [];
  for (let give = places.take('greedy'); give !== null; give = places.take('greedy')) greedy.push(give);
  expect(greedy).toHaveLength(112);
  const other = [places.take('other'), places.take('other')];
  expect(other).toEqual([expect.any(Function), expect.any(Function)]);
  expect(places.take('other')).toBeNull();
  expect(places.take('third')).not.toBeNull();
  greedy[0]!();
  // Given back twice, it is one place all the same.
  greedy[0]!();
  expect(places.taken).toBe(114);
});

test('who is alone has all but the last eighth, however few there are', () => {
  const places = createSharedPlaces(1);
  const give = places.take('one');
  expect(places.take('one')).toBeNull();
  give!();
  expect(places.take('two')).not.toBeNull();
});

test('whatever is taken and given back, no more is held than there is, and a newcomer finds a place while one is kept', () => {
  const moves = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 400 });
  fc.assert(
    fc.property(fc.integer({ min: 64, max: 256 }), moves, (total, steps) => {
      const places = createSharedPlaces(total);
      const held = new Map<string, (() => void)[]>();
      for (const [whom, takes] of steps) {
        const own = held.get(whom) ?? [];
        held.set(whom, own);
        if (takes) {
          const give = places.take(whom);
          if (give !== null) own.push(give);
        } else own.pop()?.();
      }
      const sum = [...held.values()].reduce((count, own) => count + own.length, 0);
      expect(places.taken).toBe(sum);
      expect(sum).toBeLessThanOrEqual(total);
      if (sum < total) expect(places.take('newcomer')).not.toBeNull();
    }),
  );
});
