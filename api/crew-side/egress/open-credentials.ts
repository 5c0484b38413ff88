import type { ProvenCaller } from '../caller/prove-caller.ts';
import type { ProviderCredential } from '../../../db/vault/credentials/find-provider-credential.ts';
import type { ProviderKeys } from './provider-keys.ts';

/** Calls that go on with somebody's key, to be cut when it is taken away. */
export interface OpenCredentials {
  /**
   * A call has this key, which was read at `sinceMs`: what was said of it since is not missed, nor is the end of a
   * lease. Returns what forgets the call again.
   */
  add(credential: Pick<ProviderCredential, 'id' | 'endsInMs'>, call: OpenCall, sinceMs: number): () => void;
  /** Cuts the calls whose callers do not have this key any more. */
  changed(credentialId: string): Promise<void>;
  /** What was said of keys may have been missed: each call is asked after. */
  changedAll(): Promise<void>;
}

interface OpenCall {
  readonly caller: ProvenCaller;
  readonly cut: () => void;
}

interface LeasedCall extends OpenCall {
  lease?: NodeJS.Timeout;
}

/** For longer than it takes to find a key; so many keys are changed meanwhile at most. */
const REMEMBER_MS = 60_000;
/** When the database was away. */
const ASK_AGAIN_MS = 1_000;
const MAX_REMEMBERED = 10_000;
/** The longest that a timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function createOpenCredentials(
  keys: Pick<ProviderKeys, 'mayGoOn'>,
  nowMs = () => performance.now(),
): OpenCredentials {
  const open = new Map<string, Set<LeasedCall>>();
  const changedAtMs = new Map<string, number>();

  async function look(credentialId: string, call: LeasedCall): Promise<void> {
    // A database that is away says nothing of the key.
    const now = await keys.mayGoOn(call.caller, credentialId).catch(() => ({ endsInMs: ASK_AGAIN_MS }));
    if (now === null) call.cut();
    else lookAfter(now.endsInMs, credentialId, call);
  }

  function lookAfter(delayMs: number | null, credentialId: string, call: LeasedCall): void {
    clearTimeout(call.lease);
    if (delayMs === null || open.get(credentialId)?.has(call) !== true) return;
    call.lease = setTimeout(() => void look(credentialId, call), Math.min(delayMs, MAX_TIMER_MS)).unref();
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
    add({ id: credentialId, endsInMs }, { caller, cut }, sinceMs) {
      const call: LeasedCall = { caller, cut };
      const calls = open.get(credentialId) ?? new Set();
      open.set(credentialId, calls.add(call));
      lookAfter(endsInMs, credentialId, call);
      if ((changedAtMs.get(credentialId) ?? Number.NEGATIVE_INFINITY) >= sinceMs) void look(credentialId, call);
      return () => {
        clearTimeout(call.lease);
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
