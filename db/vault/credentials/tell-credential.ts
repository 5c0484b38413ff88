import type { Tx } from '../../kernel/transaction.ts';

/** Somebody has less of a credential than before: calls that go on with it are looked at again, in every process. */
export function tellCredential(tx: Tx, workspaceId: string, credentialId: string): void {
  tx.enqueue({ kind: 'wake', topic: 'credential', workspaceId, id: credentialId });
}
