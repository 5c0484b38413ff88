import { reportCredential } from '../../../commands/vault/credentials/report-credential.ts';
import { noteCredentialUse } from '../../../commands/vault/credentials/note-credential-use.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { CredentialStatus } from '../../../domain/vault/credentials/credential.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { LlmProvider } from '../../../domain/money/llm/llm-provider.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { ProvenCaller } from '../caller/prove-caller.ts';
import {
  findProviderCredential,
  mayGoOn,
  type ProviderCredential,
} from '../../../db/vault/credentials/find-provider-credential.ts';

export interface ProviderKeys {
  /** The key to call a provider with for this caller. Throws `credential_missing`, which says what to do. */
  find(caller: ProvenCaller, provider: LlmProvider): Promise<ProviderCredential>;
  /** Until when a call that has it already may go on with it; null: no longer. */
  mayGoOn(caller: ProvenCaller, credentialId: string): Promise<Pick<ProviderCredential, 'endsInMs'> | null>;
  /** Writes down, soon, that it was used and what the provider's status says about it. Never waits. */
  note(caller: ProvenCaller, credential: ProviderCredential, status: number): void;
  /** Resolves when all is written. */
  close(): Promise<void>;
}

/** What a provider's answer says of a key; null when nothing new. */
function statusAfter(
  credential: ProviderCredential,
  status: number,
): { to: CredentialStatus; why: string | null } | null {
  if (status === 401) {
    const to = credential.type === 'AI_CLI_TOKEN' ? 'EXPIRED' : 'ERROR';
    return { to, why: 'the provider answered 401: the key is refused' };
  }
  if (status === 429) {
    return credential.status === 'RATE_LIMITED' ? null : { to: 'RATE_LIMITED', why: 'the provider answered 429' };
  }
  // One that goes up and down within a minute stays down for it: each change is an entry in the journal.
  const works = status >= 200 && status < 300 && credential.status === 'RATE_LIMITED' && credential.isStale;
  return works ? { to: 'ACTIVE', why: null } : null;
}

function actorOf({ run }: ProvenCaller): Actor {
  return {
    type: run === null ? 'sidecar' : 'agent',
    id: run?.agentId ?? null,
    authMethod: 'internal',
    tokenId: null,
    sessionId: null,
    requestId: null,
    address: null,
  };
}

export function createProviderKeys(deps: {
  readonly database: Pick<Database, 'reads' | 'transaction'>;
  readonly keyRing: KeyRing;
  readonly log: Pick<Logger, 'warn'>;
}): ProviderKeys {
  const { database, keyRing, log } = deps;
  const writing = new Set<Promise<void>>();
  /** Keys of which something is being written: what is found meanwhile is written by the next call. */
  const busy = new Set<string>();

  const userOf = ({ crew, run }: ProvenCaller) => ({
    ...crew,
    agentId: run?.agentId ?? null,
    runId: run?.runId ?? null,
  });

  async function write(caller: ProvenCaller, credential: ProviderCredential, status: number): Promise<void> {
    const actor = actorOf(caller);
    const found = statusAfter(credential, status);
    if (credential.isUseStale) await noteCredentialUse(database, userOf(caller), credential, actor);
    if (found === null) return;
    await database.transaction({ workspaceIds: [caller.crew.workspaceId] }, async (tx) => {
      await reportCredential(
        tx,
        keyRing,
        { credentialId: credential.id, crewId: caller.crew.crewId },
        { status: found.to, lastError: found.why, accessToken: null, refreshToken: null, tokenExpiresAt: null },
        actor,
      );
    });
  }

  return {
    async find(caller, provider) {
      const credential = await findProviderCredential(database.reads, keyRing, userOf(caller), provider);
      if (credential !== null) return credential;
      throw new CrewshipError(
        'credential_missing',
        `no working ${provider} credential is given to this crew: a person adds one of type API_KEY or AI_CLI_TOKEN`,
        { extensions: { provider } },
      );
    },
    mayGoOn: (caller, credentialId) => mayGoOn(database.reads, userOf(caller), credentialId),
    note(caller, credential, status) {
      if (busy.has(credential.id)) return;
      if (!credential.isUseStale && statusAfter(credential, status) === null) return;
      busy.add(credential.id);
      const written = write(caller, credential, status)
        .catch((error: unknown) =>
          log.warn({ err: error, credential_id: credential.id }, 'a credential’s use is not noted'),
        )
        .finally(() => {
          busy.delete(credential.id);
          writing.delete(written);
        });
      writing.add(written);
    },
    async close() {
      await Promise.all(writing);
    },
  };
}
