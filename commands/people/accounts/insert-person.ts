import { randomBytes } from 'node:crypto';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { usernameFromEmail } from '../../../domain/people/identity/username.ts';
import { newId } from '../../../platform/ids/ids.ts';

export interface NewPerson {
  readonly fullName: string;
  /** Lower case. */
  readonly email: string;
  readonly passwordHash: string | null;
  readonly isVerified: boolean;
  readonly awaitsVerification: boolean;
}

/** Usernames to try, one after the other: the address's own, then with an ending that nobody has. */
export function usernamesFor(email: string): readonly string[] {
  return ['', ...Array.from({ length: 2 }, () => randomBytes(4).toString('hex'))].map((suffix) =>
    usernameFromEmail(email, suffix),
  );
}

/**
 * Makes an account; of those who make one for an address at the same moment one does. Null: the address has one. A
 * system transaction.
 */
export async function insertPerson(tx: Tx, person: NewPerson): Promise<string | null> {
  const id = newId();
  for (const username of usernamesFor(person.email)) {
    const made = await tx.execute(sql`
      INSERT INTO users (id, email, username, full_name, password_hash, email_verified_at, awaits_verification)
      VALUES (${id}, ${person.email}, ${username}, ${person.fullName}, ${person.passwordHash},
        CASE WHEN ${person.isVerified} THEN now() END, ${person.awaitsVerification})
      ON CONFLICT DO NOTHING`);
    if (made === 1) return id;
    const taken = await tx.maybeOne(sql`SELECT 1 FROM users WHERE email = ${person.email}`);
    if (taken !== null) return null;
  }
  throw new Error('no username is free');
}
