import type { CredentialType } from './credential.ts';

/** How a provider is asked whose a key is. The key is in a header, never in the address. */
export interface CredentialProbe {
  /** Where the provider is: as the operator has it, or at its own address. */
  readonly at: 'anthropic' | 'openai' | `https://${string}`;
  readonly path: string;
  readonly headers: (value: string) => Readonly<Record<string, string>>;
}

const bearer = (value: string) => ({ authorization: `Bearer ${value}` });

const PROBES: Readonly<Record<string, CredentialProbe>> = {
  ANTHROPIC: {
    at: 'anthropic',
    path: '/v1/models?limit=1',
    headers: (value) => ({ 'x-api-key': value, 'anthropic-version': '2023-06-01' }),
  },
  OPENAI: { at: 'openai', path: '/models', headers: bearer },
  GOOGLE: {
    at: 'https://generativelanguage.googleapis.com',
    path: '/v1beta/models?pageSize=1',
    headers: (value) => ({ 'x-goog-api-key': value }),
  },
  CURSOR: { at: 'https://api.cursor.com', path: '/v0/me', headers: bearer },
  GITHUB: { at: 'https://api.github.com', path: '/user', headers: bearer },
  GITLAB: { at: 'https://gitlab.com', path: '/api/v4/user', headers: (value) => ({ 'private-token': value }) },
  VERCEL: { at: 'https://api.vercel.com', path: '/v2/user', headers: bearer },
};

/** Types whose value is a key by itself. */
const KEYS: ReadonlySet<CredentialType> = new Set(['AI_CLI_TOKEN', 'API_KEY', 'CLI_TOKEN', 'SECRET', 'GENERIC_SECRET']);

/** How a credential is tested; null: nobody is known who could be asked. */
export function probeOf(type: CredentialType, provider: string): CredentialProbe | null {
  return KEYS.has(type) ? (PROBES[provider.toUpperCase()] ?? null) : null;
}

const ENV_VARS: Readonly<Record<string, string>> = {
  GITHUB: 'GH_TOKEN',
  GITLAB: 'GITLAB_TOKEN',
  VERCEL: 'VERCEL_TOKEN',
  AWS: 'AWS_ACCESS_KEY_ID',
  KUBERNETES: 'KUBECONFIG',
};

/** The variable that a provider's own tools read; '' where there is no such. */
export function defaultEnvVar(provider: string): string {
  return ENV_VARS[provider.toUpperCase()] ?? '';
}
