import type { TokenIdentity } from '../../../db/people/identity/find-token-identity.ts';
import type { Logger } from '../../../platform/logging/logger.ts';

/** Told what a token is worth now; null when it is revoked, expired or gone. */
type Watcher = (identity: TokenIdentity | null) => void;

export interface AccessWatch {
  /** Tells the watcher at every check until the returned function is called. */
  watch(tokenId: string, watcher: Watcher): () => void;
  /** Asks about all watched tokens now. Never rejects. */
  check(): Promise<void>;
}

const BATCH_TOKENS = 1_000;

/**
 * Rights of those who stay connected. All tokens of this process are asked about together, so the cost of a check is one
 * query per thousand tokens, whatever the number of connections.
 */
export function createAccessWatch(deps: {
  readonly read: (tokenIds: readonly string[]) => Promise<readonly TokenIdentity[]>;
  readonly log: Pick<Logger, 'warn'>;
}): AccessWatch {
  const watchers = new Map<string, Set<Watcher>>();

  async function checkBatch(tokenIds: readonly string[]): Promise<void> {
    // Who comes while the query runs was authorised by a newer one.
    const asked = tokenIds.map((id) => [id, [...(watchers.get(id) ?? [])]] as const);
    const identities = new Map((await deps.read(tokenIds)).map((identity) => [identity.token_id, identity]));
    for (const [id, present] of asked) {
      for (const watcher of present) if (watchers.get(id)?.has(watcher)) watcher(identities.get(id) ?? null);
    }
  }

  return {
    watch(tokenId, watcher) {
      const known = watchers.get(tokenId);
      if (known === undefined) watchers.set(tokenId, new Set([watcher]));
      else known.add(watcher);
      return () => {
        const present = watchers.get(tokenId);
        present?.delete(watcher);
        if (present?.size === 0) watchers.delete(tokenId);
      };
    },
    async check() {
      const tokenIds = [...watchers.keys()];
      try {
        for (let from = 0; from < tokenIds.length; from += BATCH_TOKENS) {
          await checkBatch(tokenIds.slice(from, from + BATCH_TOKENS));
        }
      } catch (error) {
        deps.log.warn({ err: error, tokens: tokenIds.length }, 'rights of connected clients could not be checked');
      }
    },
  };
}

/** Whether a token still lets its bearer read what `scope` names in a workspace. */
export function mayRead(identity: TokenIdentity, workspaceId: string): boolean {
  if (identity.bound_workspace_id !== null && identity.bound_workspace_id !== workspaceId) return false;
  return identity.memberships.some((membership) => membership.id === workspaceId);
}
