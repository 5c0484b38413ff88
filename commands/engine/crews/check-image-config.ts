import type { CrewFields } from '../../../domain/crews/crews/crew.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { checkDevcontainerConfig } from '../../../domain/crews/provisioning/devcontainer-config.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

type ImageConfig = Pick<CrewFields, 'devcontainer_config' | 'mise_config'>;

/**
 * Judges what a change of a crew's configuration comes to, beyond its own text. `current`: null for a new crew. Throws
 * `invalid_request` when tools would be pinned in two places, `forbidden` for privileges that the workspace does not
 * allow; a build checks the latter again, as the workspace may take its leave back.
 */
export async function checkImageConfig(
  tx: Tx,
  workspaceId: string,
  current: ImageConfig | null,
  patch: Partial<ImageConfig>,
): Promise<void> {
  if (patch.devcontainer_config === undefined && patch.mise_config === undefined) return;
  const { devcontainer_config: text, mise_config: tools } = { ...current, ...patch };
  if (text === null || text === undefined) return;
  const config = checkDevcontainerConfig(text);
  if (config.pinsTools && typeof tools === 'string') {
    throw invalidField(
      typeof patch.mise_config === 'string' ? 'mise_config' : 'devcontainer_config.mise',
      'must be the only place that pins tools: mise_config and devcontainer_config.mise are one thing',
    );
  }
  if (patch.devcontainer_config !== undefined && config.privileged && !(await mayBePrivileged(tx, workspaceId))) {
    throw new CrewshipError('forbidden', 'this workspace does not allow privileged crews', {
      fields: [
        { path: 'devcontainer_config.privileged', message: 'takes the workspace’s allow_privileged_credentials' },
      ],
    });
  }
}

/** Whether crews of the workspace may be privileged. */
export async function mayBePrivileged(tx: Tx, workspaceId: string): Promise<boolean> {
  const row = await tx.maybeOne<{ allowed: boolean }>(
    sql`SELECT allow_privileged_credentials AS allowed FROM workspaces WHERE id = ${workspaceId}`,
  );
  return row?.allowed ?? false;
}
