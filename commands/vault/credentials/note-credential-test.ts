import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockCredential } from '../../../db/vault/credentials/credentials-store.ts';
import type { CredentialTest } from './credential-tester.ts';

/** Keeps what a test of a stored credential found. Its state stays as it is: that follows from use. */
export async function noteCredentialTest(tx: Tx, id: string, test: CredentialTest, actor: Actor): Promise<void> {
  const credential = await lockCredential(tx, id);
  if (test.supported) {
    await tx.execute(sql`
      UPDATE credentials SET last_checked_at = now(), last_error = ${test.error} WHERE id = ${id}`);
  }
  tx.journal({
    type: 'credential.tested',
    severity: test.valid === false ? 'warn' : 'info',
    actor,
    workspaceId: credential.workspace_id,
    targetType: 'credential',
    targetId: id,
    summary: `credential ${credential.name} tested`,
    payload: { supported: test.supported, valid: test.valid, status: test.status },
  });
}
