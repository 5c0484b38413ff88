import type { CredentialType } from '../../../domain/vault/credentials/credential.ts';
import { readEndpointParts } from '../../../domain/vault/credentials/credential.ts';
import { probeOf } from '../../../domain/vault/credentials/credential-probe.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { createGuardedClient, type GuardedClient } from '../../../platform/guarded-http/guarded-client.ts';
import type { OutboundPlace } from '../../../platform/guarded-http/guarded-dispatcher.ts';
import { placeOf } from '../../../platform/guarded-http/outbound-place.ts';
import type { Resolve } from '../../../platform/guarded-http/public-addresses.ts';

/** What a test found. `valid` null: it was not found out, as nobody could be asked or answered of use. */
export interface CredentialTest {
  readonly supported: boolean;
  readonly valid: boolean | null;
  /** Of the provider's answer. */
  readonly status: number | null;
  readonly error: 'refused' | 'rate_limited' | 'unreachable' | 'timeout' | 'address_refused' | 'unexpected' | null;
}

export interface CredentialTester {
  /** Asks whoever the key is for whether it works. What they say beside the status goes nowhere. */
  test(credential: {
    readonly type: CredentialType;
    readonly provider: string;
    readonly value: string;
    /** Of the vault: only then an address that it holds is called. */
    readonly isStored: boolean;
  }): Promise<CredentialTest>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 65_536;
const UNSUPPORTED: CredentialTest = { supported: false, valid: null, status: null, error: null };

export function createCredentialTester(deps: {
  /** Providers' own base addresses, as the operator has them: Anthropic's without a version, OpenAI's with it. */
  readonly urls: Readonly<Record<'anthropic' | 'openai', string>>;
  /** Places that addresses of tenants may be at though they are not public. */
  readonly allowed: readonly OutboundPlace[];
  readonly resolve?: Resolve;
}): CredentialTester {
  const { urls } = deps;
  const forProviders = createGuardedClient({ allowed: Object.values(urls).map(placeOf), resolve: deps.resolve });
  const forTenants = createGuardedClient({ allowed: deps.allowed, resolve: deps.resolve });

  async function ask(client: GuardedClient, url: string, headers: Readonly<Record<string, string>>) {
    try {
      const answer = await client.send({ url, headers, timeoutMs: TIMEOUT_MS, limitBytes: ANSWER_BYTES, redirects: 0 });
      answer.discard();
      return verdictOf(answer.status);
    } catch (error) {
      if (!(error instanceof CrewshipError)) throw error;
      const failed = (word: CredentialTest['error']) => ({ supported: true, valid: null, status: null, error: word });
      if (error.code === 'address_refused') return failed('address_refused');
      if (error.code === 'egress_failed')
        return failed(error.extensions.reason === 'timeout' ? 'timeout' : 'unreachable');
      // Text that no header can carry is no key of anybody's.
      if (error.code === 'invalid_request')
        return { supported: true, valid: false, status: null, error: 'refused' as const };
      throw error;
    }
  }

  return {
    async test({ type, provider, value, isStored }) {
      if (type === 'ENDPOINT_URL') {
        if (!isStored) return UNSUPPORTED;
        const { baseUrl, apiKey, headers } = readEndpointParts(value);
        return ask(forTenants, baseUrl, {
          ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
          ...headers,
        });
      }
      const probe = probeOf(type, provider);
      if (probe === null) return UNSUPPORTED;
      const base = probe.at === 'anthropic' || probe.at === 'openai' ? urls[probe.at] : probe.at;
      return ask(forProviders, `${base.replace(/\/+$/, '')}${probe.path}`, {
        accept: 'application/json',
        'user-agent': 'crewship',
        ...probe.headers(value),
      });
    },
    async close() {
      await Promise.all([forProviders.close(), forTenants.close()]);
    },
  };
}

function verdictOf(status: number): CredentialTest {
  const found = (valid: boolean | null, error: CredentialTest['error']) => ({ supported: true, valid, status, error });
  if (status >= 200 && status < 300) return found(true, null);
  if (status === 401 || status === 403) return found(false, 'refused');
  return status === 429 ? found(null, 'rate_limited') : found(null, status >= 500 ? 'unreachable' : 'unexpected');
}
