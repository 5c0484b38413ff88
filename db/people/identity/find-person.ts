import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

/** Somebody who may sign in. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly full_name: string;
  readonly password_hash: string | null;
  readonly is_disabled: boolean;
  /** Signed up, and has not yet shown that the address is theirs. */
  readonly awaits_verification: boolean;
}

function find(systemReads: ReadPool, which: Fragment): Promise<Person | null> {
  return systemReads.maybeOne<Person>(
    [],
    sql`SELECT id, email, username, full_name, password_hash, disabled_at IS NOT NULL AS is_disabled,
          awaits_verification
        FROM users WHERE ${which}`,
  );
}

/** By e-mail or username, in lower case. A username has no `@`, so a name is never two people's. */
export async function findPersonByName(systemReads: ReadPool, name: string): Promise<Person | null> {
  return find(systemReads, name.includes('@') ? sql.fragment`email = ${name}` : sql.fragment`username = ${name}`);
}

/** By id. */
export async function findPerson(systemReads: ReadPool, userId: string): Promise<Person | null> {
  return find(systemReads, sql.fragment`id = ${userId}`);
}
