import type { Random } from './random.ts';

/** Everything that may die, by the name its supervisor knows it by. Docker's daemon is shared with others. */
export const KILLABLE = ['api', 'control', 'docker-host', 'side-effects', 'temporal', 'postgres', 'redis'] as const;
export type Killable = (typeof KILLABLE)[number];

/** One moment of the schedule, `afterMs` after the moment before. */
export type Strike = { readonly afterMs: number } & (
  | { readonly kind: 'together'; readonly targets: readonly Killable[] }
  /** Killed, and again `againAfterMs` after it was started again: while it starts, or just after. */
  | { readonly kind: 'twice'; readonly targets: readonly [Killable]; readonly againAfterMs: number }
  /** One process of Postgres's own, which makes all of it recover from its log. */
  | { readonly kind: 'backend'; readonly targets: readonly ['postgres'] }
);

const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;
const LONGEST_AGAIN_MS = 2_500;

/** `kills` kills at random moments, each component's share of them about the same. */
export function planStrikes(random: Random, kills: number): readonly Strike[] {
  const rounds = Math.ceil(kills / KILLABLE.length);
  const deck = Array.from({ length: rounds }, () => random.shuffled(KILLABLE))
    .flat()
    .slice(0, kills);
  const strikes: Strike[] = [];
  while (deck.length > 0) {
    const afterMs = Math.round(random.between(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS));
    const target = deck.shift()!;
    const next = deck[0];
    if (next !== undefined && next !== target && random.chance(0.2)) {
      deck.shift();
      strikes.push({ afterMs, kind: 'together', targets: [target, next] });
    } else if (target === 'postgres' && random.chance(0.4)) {
      strikes.push({ afterMs, kind: 'backend', targets: ['postgres'] });
    } else if (deck.length > 0 && random.chance(0.15)) {
      // The second kill takes the place of a later one of the same component, or of the last one planned.
      const later = deck.lastIndexOf(target);
      deck.splice(later === -1 ? deck.length - 1 : later, 1);
      const againAfterMs = Math.round(random.between(0, LONGEST_AGAIN_MS));
      strikes.push({ afterMs, kind: 'twice', targets: [target], againAfterMs });
    } else {
      strikes.push({ afterMs, kind: 'together', targets: [target] });
    }
  }
  return strikes;
}

/** How many kills a strike is. */
export function killsOf(strike: Strike): number {
  return strike.kind === 'twice' ? 2 : strike.targets.length;
}
