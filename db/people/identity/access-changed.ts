import type { Tx } from '../../kernel/transaction.ts';

/**
 * What a person may do, or by which credentials, changes with this transaction: every API process forgets what it knows
 * of them once it is committed, and looks after their open connections. Who changes a membership, a role, a session, a
 * token or a person calls it. `workspaceId`: that of the transaction, where it has one.
 */
export function accessChanged(tx: Tx, userId: string, workspaceId = 'instance'): void {
  tx.enqueue({ kind: 'wake', topic: 'access', workspaceId, id: userId });
}
