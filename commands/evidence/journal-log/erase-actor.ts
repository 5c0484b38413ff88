import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/**
 * Takes from the journal of all workspaces who somebody was that acted, with their address and program. Leaves that
 * were sealed still verify, and nobody can tell any more whom they name. A system transaction. How many entries it
 * were.
 */
export async function eraseActor(
  tx: Tx,
  erased: { readonly type: 'user' | 'agent'; readonly id: string },
  actor: Actor,
): Promise<number> {
  const { entries } = await tx.one<{ entries: number }>(sql`
    SELECT crewship_erase_actor(${erased.type}, ${erased.id}) AS entries`);
  tx.journal({
    actor,
    workspaceId: null,
    severity: 'warn',
    type: 'journal.actor_erased',
    summary: 'somebody was erased from the journal',
    payload: { actor_type: erased.type, entries },
  });
  return entries;
}
