import type { ProvenCaller } from '../caller/prove-caller.ts';
import type { ProviderKeys } from './provider-keys.ts';

/** Calls that go on with somebody's key, to be cut when it is taken away. */
export interface OpenCredentials {
  /**
   * A call has this key, which was read at `sinceMs`: what was said of it since is not missed. Returns what forgets
   * the call again.
   */
  add(credentialId: string, call: OpenCall, sinceMs: number): () => void;
  /** Cuts the calls whose callers do not have this key any more. */
  changed(credentialId: string): Promise<void>;
  /** What was said of keys may have been missed: each call is asked after. */
  changedAll(): Promise<void>;
}

interface OpenCall {
  readonly caller: ProvenCaller;
  readonly cut: () => void;
}

/** For longer than it takes to find a key; so many keys are changed meanwhile at most. */
const REMEMBER_MS = 60_000;
const MAX_REMEMBERED = 10_000;

export function createOpenCredentials(
  keys: Pick<ProviderKeys, 'mayGoOn'>,
  nowMs = () => performance.now(),
): OpenCredentials {
  const open = new Map<string, Set<OpenCall>>();
  const changedAtMs = new Map<string, number>();

  async function look(credentialId: string, call: OpenCall): Promise<void> {
    // A database that is away says nothing of the key.
    if (!(await keys.mayGoOn(call.caller, credentialId).catch(() => true))) call.cut();
  }

  function remember(credentialId: string): void {
    const now = nowMs();
    changedAtMs.delete(credentialId);
    changedAtMs.set(credentialId, now);
    for (const [id, at] of changedAtMs) {
      if (now - at < REMEMBER_MS && changedAtMs.size <= MAX_REMEMBERED) break;
      changedAtMs.delete(id);
    }
  }

  const lookAtAll = async (credentialId: string): Promise<void> => {
    await Promise.all([...(open.get(credentialId) ?? [])].map((call) => look(credentialId, call)));
  };

  return {
    add(credentialId, call, sinceMs) {
      const calls = open.get(credentialId) ?? new Set();
      open.set(credentialId, calls.add(call));
      if ((changedAtMs.get(credentialId) ?? Number.NEGATIVE_INFINITY) >= sinceMs) void look(credentialId, call);
      return () => {
        calls.delete(call);
        if (calls.size === 0) open.delete(credentialId);
      };
    },
    async changed(credentialId) {
      remember(credentialId);
      await lookAtAll(credentialId);
    },
    async changedAll() {
      await Promise.all([...open.keys()].map(lookAtAll));
    },
  };
}
