import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import {
  type CredentialUser,
  DEBOUNCE_SECONDS,
  type ProviderCredential,
} from '../../../db/vault/credentials/find-provider-credential.ts';

/** Writes down that a credential was used: once a minute, however often it is. Without a crew its workspace used it. */
export async function noteCredentialUse(
  db: Pick<Database, 'transaction'>,
  user: Omit<CredentialUser, 'crewId' | 'runId'> & { readonly crewId: string | null },
  credential: Pick<ProviderCredential, 'id' | 'name'>,
  actor: Actor,
): Promise<void> {
  await db.transaction({ workspaceIds: [user.workspaceId] }, async (tx) => {
    const noted = await tx.execute(sql`
      UPDATE credentials SET last_used_at = now()
      WHERE id = ${credential.id} AND deleted_at IS NULL
        AND coalesce(last_used_at < now() - ${DEBOUNCE_SECONDS} * interval '1 second', true)`);
    if (noted === 0) return;
    tx.journal({
      type: 'credential.used',
      actor,
      workspaceId: user.workspaceId,
      crewId: user.crewId,
      agentId: user.agentId,
      targetType: 'credential',
      targetId: credential.id,
      summary: `credential ${credential.name} used`,
    });
  });
}
