import type { Role } from '../../kernel/access/authority.ts';

/** Whose eyes the journal is read with: a person, or null for OWNER and ADMIN, who read all of it. */
export type JournalReader = string | null;

export function journalReader(role: Role, userId: string | null): JournalReader {
  return role === 'OWNER' || role === 'ADMIN' ? null : (userId ?? '');
}

/** Whether somebody may read an entry of this audience; null is everybody's. */
export function mayReadEntry(audience: readonly string[] | null | undefined, reader: JournalReader): boolean {
  return audience == null || reader === null || audience.includes(reader);
}
