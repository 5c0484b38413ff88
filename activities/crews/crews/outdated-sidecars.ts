import type { SidecarVersion } from '../../../commands/engine/crews/advance-crew.ts';
import { markSidecarOutdated } from '../../../commands/engine/crews/crew-sidecar.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type InternalTokens, tokenFingerprint } from '../../../platform/internal-tokens/internal-tokens.ts';
import { listRunningCrews, type RunningCrew } from '../../../db/crews/crews/running-crew.ts';

/** What the sidecar of this generation has; it ends with it. */
export function issueCrewToken(
  tokens: Pick<InternalTokens, 'issue'>,
  crew: Pick<RunningCrew, 'id' | 'workspace_id' | 'generation'>,
): string {
  return tokens.issue({
    kind: 'crew',
    workspaceId: crew.workspace_id,
    crewId: crew.id,
    generation: crew.generation,
  });
}

/** Whether a crew's sidecar runs another program than this, or with a token of another master. */
export function isSidecarOutdated(
  crew: Pick<RunningCrew, 'sidecar_file' | 'sidecar_token_fp'>,
  version: SidecarVersion,
): boolean {
  return crew.sidecar_file !== version.file || crew.sidecar_token_fp !== version.tokenFp;
}

/**
 * Compares the sidecars of this host with what this process would start, and asks the workflows of those that differ
 * for another one. Once, at the start of the process: neither its program nor its master changes later. Returns how
 * many differ.
 */
export async function findOutdatedSidecars(deps: {
  readonly db: Database;
  readonly tokens: Pick<InternalTokens, 'issue'>;
  readonly hostId: string;
  readonly sidecarFile: string;
}): Promise<number> {
  let outdated = 0;
  for (const crew of await listRunningCrews(deps.db, deps.hostId)) {
    const version = { file: deps.sidecarFile, tokenFp: tokenFingerprint(issueCrewToken(deps.tokens, crew)) };
    if (isSidecarOutdated(crew, version) && (await markSidecarOutdated(deps.db, crew, version))) outdated += 1;
  }
  return outdated;
}
