import type { Identity } from '../../../db/people/identity/find-identity.ts';
import { type JournalReader, journalReader } from '../../../domain/evidence/journal/journal-reader.ts';
import { roleAllows } from '../../../domain/kernel/access/authority.ts';
import type { Logger } from '../../../platform/logging/logger.ts';

/** Told what a token or session is worth now; null when it is revoked, expired or gone. */
type Watcher = (identity: Identity | null) => void;

export interface AccessWatch {
  /** Tells the watcher at every check until the returned function is called. */
  watch(credentialId: string, watcher: Watcher): () => void;
  /**
   * Asks about all that are watched, after all that was committed before the call. Calls during a check share the next
   * one. Never rejects.
   */
  check(): Promise<void>;
}

const BATCH = 1_000;

/**
 * Rights of those who stay connected. All credentials of this process are asked about together, so the cost of a check
 * is one query per thousand of them, whatever the number of connections.
 */
export function createAccessWatch(deps: {
  readonly read: (credentialIds: readonly string[]) => Promise<readonly Identity[]>;
  readonly log: Pick<Logger, 'warn'>;
}): AccessWatch {
  const watchers = new Map<string, Set<Watcher>>();
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function checkBatch(credentialIds: readonly string[]): Promise<void> {
    // Who comes while the query runs was authorised by a newer one.
    const asked = credentialIds.map((id) => [id, [...(watchers.get(id) ?? [])]] as const);
    const identities = new Map((await deps.read(credentialIds)).map((identity) => [identity.credential_id, identity]));
    for (const [id, present] of asked) {
      for (const watcher of present) if (watchers.get(id)?.has(watcher)) watcher(identities.get(id) ?? null);
    }
  }

  async function checkAll(): Promise<void> {
    const credentialIds = [...watchers.keys()];
    try {
      for (let from = 0; from < credentialIds.length; from += BATCH) {
        await checkBatch(credentialIds.slice(from, from + BATCH));
      }
    } catch (error) {
      deps.log.warn(
        { err: error, credentials: credentialIds.length },
        'rights of connected clients could not be checked',
      );
    }
  }

  function begin(): Promise<void> {
    next = undefined;
    running = checkAll().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    watch(credentialId, watcher) {
      const known = watchers.get(credentialId);
      if (known === undefined) watchers.set(credentialId, new Set([watcher]));
      else known.add(watcher);
      return () => {
        const present = watchers.get(credentialId);
        present?.delete(watcher);
        if (present?.size === 0) watchers.delete(credentialId);
      };
    },
    check() {
      if (running === undefined) return begin();
      next ??= running.then(begin);
      return next;
    },
  };
}

/** Whether a token still lets its bearer read what `scope` names in a workspace. */
export function mayRead(identity: Identity, workspaceId: string): boolean {
  if (identity.bound_workspace_id !== null && identity.bound_workspace_id !== workspaceId) return false;
  return identity.memberships.some((membership) => membership.id === workspaceId);
}

/** With whose eyes a token reads the journal of a workspace now. */
export function readerOf(identity: Identity | null, workspaceId: string): JournalReader {
  const membership = identity?.memberships.find(({ id }) => id === workspaceId);
  return membership === undefined ? '' : journalReader(membership.role, identity?.user_id ?? null);
}

/** Whether they may follow a channel of a workspace: what agents asked the keeper for is for those who manage. */
export function mayFollow(identity: Identity, channel: string, workspaceId: string): boolean {
  if (!mayRead(identity, workspaceId)) return false;
  if (!channel.startsWith('keeper:')) return true;
  const role = identity.memberships.find(({ id }) => id === workspaceId)?.role;
  return role !== undefined && roleAllows(role, { action: 'manage' });
}
