import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { ATTEMPTS_FORGOTTEN_AFTER_HOURS, delaySeconds, lockSeconds } from '../../../domain/people/identity/lockout.ts';

/** Where an attempt to sign in comes from, and for whom. */
export interface Attempt {
  /** Of the person, or of a name that nobody has. */
  readonly nameDigest: Buffer;
  /** The network it comes from, or a device that this person signed in with before. */
  readonly origin: { readonly kind: 'network' | 'device'; readonly id: string };
}

const EVERYWHERE = '*';

const keyOf = ({ kind, id }: Attempt['origin']): string => (kind === 'device' ? `device:${id}` : id);

/**
 * Counts an attempt before the password is looked at, so that any number at once is no more guesses than one after the
 * other. Throws `rate_limited` while the name is closed to where it comes from; that counts as nothing. Says for how
 * many seconds this attempt closes the name, unless it succeeds. Own network or device first, then all: always in this
 * order.
 */
export async function beginAttempt(tx: Tx, { nameDigest, origin }: Attempt): Promise<number> {
  const own = await count(tx, nameDigest, keyOf(origin), lockSeconds);
  // Who signed in here before is not kept waiting by strangers.
  const all = origin.kind === 'device' ? 0 : await count(tx, nameDigest, EVERYWHERE, delaySeconds);
  return Math.max(own, all);
}

async function count(
  tx: Tx,
  digest: Buffer,
  origin: string,
  closedSeconds: (failures: number) => number,
): Promise<number> {
  const name = sql.binary(digest);
  const counted = await tx.maybeOne<{ failures: number }>(sql`
    INSERT INTO login_attempts AS a (name_digest, origin, failures, last_at) VALUES (${name}, ${origin}, 1, now())
    ON CONFLICT (name_digest, origin) DO UPDATE SET last_at = now(), failures = CASE
      WHEN a.last_at < now() - make_interval(hours => ${ATTEMPTS_FORGOTTEN_AFTER_HOURS}) THEN 1 ELSE a.failures + 1 END
    WHERE a.blocked_until IS NULL OR a.blocked_until <= now()
    RETURNING failures`);
  if (counted === null) {
    const { seconds } = await tx.one<{ seconds: number }>(sql`
      SELECT greatest(1, ceil(extract(epoch FROM blocked_until - now())))::integer AS seconds
      FROM login_attempts WHERE name_digest = ${name} AND origin = ${origin}`);
    throw new CrewshipError('rate_limited', 'too many failed attempts to sign in under this name', {
      extensions: { retry_after_seconds: seconds },
    });
  }
  const seconds = closedSeconds(counted.failures);
  if (seconds > 0) {
    await tx.execute(sql`
      UPDATE login_attempts SET blocked_until = now() + make_interval(secs => ${seconds}::double precision)
      WHERE name_digest = ${name} AND origin = ${origin}`);
  }
  return seconds;
}

/**
 * The attempt succeeded: failures from its own network or device are forgotten. Those from elsewhere stay, or whoever
 * guesses there would begin anew each time the person signs in.
 */
export async function attemptSucceeded(tx: Tx, { nameDigest, origin }: Attempt): Promise<void> {
  const name = sql.binary(nameDigest);
  await tx.execute(sql`DELETE FROM login_attempts WHERE name_digest = ${name} AND origin = ${keyOf(origin)}`);
  if (origin.kind === 'device') return;
  await tx.execute(sql`
    UPDATE login_attempts SET failures = greatest(1, failures - 1), blocked_until = NULL
    WHERE name_digest = ${name} AND origin = ${EVERYWHERE}`);
}

/** Whoever proved otherwise that they are this person begins anew, from everywhere. */
export async function forgetAttempts(tx: Tx, nameDigest: Buffer): Promise<void> {
  await tx.execute(sql`DELETE FROM login_attempts WHERE name_digest = ${sql.binary(nameDigest)}`);
}
