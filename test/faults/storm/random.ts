/** Random numbers that are the same for the same seed, so that a run that failed can be played again. */
export interface Random {
  /** At least `min`, less than `max`. */
  between(min: number, max: number): number;
  /** A whole number, at least `min` and at most `max`. */
  integer(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  shuffled<Item>(items: readonly Item[]): Item[];
}

/** Mulberry32: 32 bits of state are plenty for choosing what to kill. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const random: Random = {
    between: (min, max) => min + next() * (max - min),
    integer: (min, max) => Math.floor(random.between(min, max + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[random.integer(0, items.length - 1)]!,
    shuffled(items) {
      const left = [...items];
      return items.map(() => left.splice(random.integer(0, left.length - 1), 1)[0]!);
    },
  };
  return random;
}
