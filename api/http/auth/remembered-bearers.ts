import type { Bearer } from './authenticator.ts';

/** How long another process's revocation or role change may go unnoticed here when nobody tells of it. */
const TTL_MS = 2_000;
const ENTRIES = 10_000;

/** Who a credential proved to be, and until when it could prove it. */
export interface Loaded {
  readonly bearer: Omit<Bearer, 'isCached' | 'reload'>;
  readonly untilMs: number;
}

/** What this process knows of credentials that it found valid a moment ago. */
export interface RememberedBearers {
  has(credential: string): boolean;
  find(credential: string): Bearer | Promise<Bearer>;
  forgetUser(userId: string): void;
  forgetAll(): void;
}

/**
 * A verified credential is remembered for at most two seconds and never beyond its own expiry, so a steady caller costs
 * one lookup in that time; one that is not valid is never remembered. `load` throws `unauthenticated` for those.
 */
export function createRememberedBearers(
  load: (credential: string) => Promise<Loaded>,
  nowMs: () => number,
): RememberedBearers {
  const known = new Map<string, { readonly bearer: Bearer; readonly userId: string; readonly untilMs: number }>();
  const pending = new Map<string, Promise<Bearer>>();
  /** Raised when something is forgotten: what was read before that is not remembered after it. */
  let forgotten = 0;

  async function read(credential: string): Promise<Bearer> {
    const before = forgotten;
    let loaded: Loaded;
    try {
      loaded = await load(credential);
    } catch (error) {
      known.delete(credential);
      throw error;
    }
    const reload = () => read(credential);
    const { bearer, untilMs } = loaded;
    if (forgotten === before) {
      known.delete(credential);
      if (known.size >= ENTRIES) known.delete(known.keys().next().value!);
      known.set(credential, {
        bearer: { ...bearer, isCached: true, reload },
        userId: bearer.userId,
        untilMs: Math.min(nowMs() + TTL_MS, untilMs),
      });
    }
    return { ...bearer, isCached: false, reload };
  }

  /**
   * Requests that miss at the same moment share one lookup. It may have begun before the later ones arrived, so what
   * it gives them counts as remembered, which it is: for less than the limit.
   */
  function readShared(credential: string): Promise<Bearer> {
    const running = pending.get(credential);
    if (running !== undefined) return running.then((bearer) => ({ ...bearer, isCached: true }));
    const started = read(credential).finally(() => {
      if (pending.get(credential) === started) pending.delete(credential);
    });
    pending.set(credential, started);
    return started;
  }

  function forget(which: (userId: string) => boolean): void {
    forgotten += 1;
    // A lookup under way may have read what is no longer so: who comes from now on starts another.
    pending.clear();
    for (const [credential, { userId }] of known) if (which(userId)) known.delete(credential);
  }

  return {
    has: (credential) => known.has(credential),
    find(credential) {
      const entry = known.get(credential);
      return entry !== undefined && entry.untilMs > nowMs() ? entry.bearer : readShared(credential);
    },
    forgetUser: (userId) => forget((one) => one === userId),
    forgetAll: () => forget(() => true),
  };
}
