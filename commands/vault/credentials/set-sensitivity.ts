import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { SENSITIVITIES, type Sensitivity } from '../../../domain/vault/credentials/credential.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getCredentialIn, lockCredential } from '../../../db/vault/credentials/credentials-store.ts';

/**
 * Says how a credential's value may be shown to people. Raising it is anybody's who changes credentials; lowering it
 * is for those who manage, and nobody lowers SEALED, whose value is replaced instead. Returns what it was. Throws
 * `not_found`, `forbidden`.
 */
export async function setSensitivity(
  tx: Tx,
  id: string,
  to: Sensitivity,
  by: { readonly actor: Actor; readonly mayLower: boolean },
): Promise<Sensitivity> {
  await lockCredential(tx, id);
  const { sensitivity: from, workspace_id: workspaceId, name } = await getCredentialIn(tx, id);
  if (from === to) return from;
  const isLower = SENSITIVITIES.indexOf(to) < SENSITIVITIES.indexOf(from);
  if (isLower && from === 'SEALED') {
    throw new CrewshipError('forbidden', 'what is SEALED stays so: replace its value instead');
  }
  if (isLower && !by.mayLower) throw new CrewshipError('forbidden', 'lowering sensitivity is for OWNER and ADMIN');
  await tx.execute(sql`UPDATE credentials SET sensitivity = ${to}, updated_at = now() WHERE id = ${id}`);
  tx.journal({
    type: isLower ? 'credential.sensitivity_lowered' : 'credential.sensitivity_raised',
    severity: isLower ? 'warn' : 'notice',
    actor: by.actor,
    workspaceId,
    targetType: 'credential',
    targetId: id,
    summary: `sensitivity of ${name}: ${from} → ${to}`,
    payload: { from, to },
  });
  return from;
}
