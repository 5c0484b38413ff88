import { hash, verify } from '@node-rs/argon2';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';

export interface Passwords {
  /** An argon2id hash in PHC form. */
  hash(password: string): Promise<string>;
  /** Whether it is the password of this hash. Null: nobody's, which takes as long to find out as a wrong one. */
  verify(stored: string | null, password: string): Promise<boolean>;
}

/**
 * Each takes 20 MiB and a thread of the pool that files and names are looked up with; half of the pool stays free.
 * Those who wait beyond a hundred would wait for seconds.
 */
const LIMITS = { atOnce: 2, maxWaiting: 100 };

/**
 * argon2id, a few at a time: what passwords cost on purpose is never taken from other requests. Beyond those that wait
 * it refuses with `unavailable`.
 */
export function createPasswords({ atOnce, maxWaiting } = LIMITS): Passwords {
  let running = 0;
  const waiting: (() => void)[] = [];
  // At once, so that the first to ask for nobody's password waits no longer than others.
  const nobodys = hash('a password that nobody has');
  nobodys.catch(() => {});

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running >= atOnce) {
      if (waiting.length >= maxWaiting) throw new CrewshipError('unavailable', 'too many people sign in; try again');
      // Whoever ends hands its turn on.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    hash: (password) => inTurn(() => hash(password)),
    async verify(stored, password) {
      const against = stored ?? (await nobodys);
      const isRight = await inTurn(() => verify(against, password));
      return isRight && stored !== null;
    },
  };
}
