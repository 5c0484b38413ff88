/** Places that all share, some of which are kept for those who have few. */
export interface SharedPlaces {
  /** Takes a place for `whom`; returns what gives it back, once. Null: there is none for them. */
  take(whom: string): (() => void) | null;
  readonly taken: number;
}

/** One in eight places is kept; who has fewer than one in 64 may have one of these. */
const KEPT = 8;
const FEW = 64;

/**
 * `total` places. While there are plenty everybody may have as many as they ask for; the last eighth is for those who
 * hold few. So one who takes all there is leaves room for others, and one who is alone is hardly held back.
 */
export function createSharedPlaces(total: number): SharedPlaces {
  const held = new Map<string, number>();
  const kept = Math.floor(total / KEPT);
  const few = Math.max(1, Math.floor(total / FEW));
  let taken = 0;
  return {
    get taken() {
      return taken;
    },
    take(whom) {
      const count = held.get(whom) ?? 0;
      if (taken >= total || (taken >= total - kept && count >= few)) return null;
      held.set(whom, count + 1);
      taken += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        taken -= 1;
        const left = held.get(whom)! - 1;
        if (left === 0) held.delete(whom);
        else held.set(whom, left);
      };
    },
  };
}
