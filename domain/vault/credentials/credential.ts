import { invalidField } from '../../kernel/errors/crewship-error.ts';

export const CREDENTIAL_TYPES = [
  'AI_CLI_TOKEN',
  'API_KEY',
  'CLI_TOKEN',
  'SECRET',
  'GENERIC_SECRET',
  'OAUTH2',
  'USERPASS',
  'SSH_KEY',
  'CERTIFICATE',
  'ENDPOINT_URL',
] as const;
export type CredentialType = (typeof CREDENTIAL_TYPES)[number];

export const CREDENTIAL_STATUSES = [
  'PENDING',
  'PENDING_APPROVAL',
  'ACTIVE',
  'RATE_LIMITED',
  'EXPIRED',
  'ERROR',
  'REVOKED',
  'REJECTED',
] as const;
export type CredentialStatus = (typeof CREDENTIAL_STATUSES)[number];

export const CREDENTIAL_SCOPES = ['WORKSPACE', 'CREW'] as const;
export type CredentialScope = (typeof CREDENTIAL_SCOPES)[number];
/** How its value may be shown to people, from the openest. */
export const SENSITIVITIES = ['STANDARD', 'RESTRICTED', 'SEALED'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

/** Types that model providers are called with: what a sidecar is told of. */
export const PROVIDER_KEY_TYPES = ['AI_CLI_TOKEN', 'API_KEY'] as const;

export const MAX_SECRET_BYTES = 65_536;
export const MAX_GRACE_SECONDS = 604_800;
export const MAX_LEASE_SECONDS = 2_592_000;

/** The keeper's tiers in words (docs/contracts/credentials.md, Fields). */
export const SECURITY_LEVEL_LABELS = { 1: 'low', 2: 'medium', 3: 'high', 4: 'critical' } as const;
export type SecurityLevel = keyof typeof SECURITY_LEVEL_LABELS;

/** A credential as the API shows it (docs/contracts/credentials.md, Fields). Never its value. */
export interface Credential {
  readonly id: string;
  readonly workspace_id: string;
  readonly name: string;
  readonly type: CredentialType;
  readonly provider: string;
  readonly scope: CredentialScope;
  readonly crew_ids: readonly string[];
  readonly status: CredentialStatus;
  readonly sensitivity: Sensitivity;
  readonly security_level: SecurityLevel;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly account_label: string | null;
  readonly account_email: string | null;
  readonly username: string | null;
  /** Of an ENDPOINT_URL, without what it is called with. */
  readonly endpoint_url: string | null;
  readonly token_expires_at: string | null;
  readonly last_error: string | null;
  readonly last_checked_at: string | null;
  readonly last_used_at: string | null;
  readonly agent_ids: readonly string[];
  /** In the order of `agent_ids`. */
  readonly agent_names: readonly string[];
  readonly created_by_actor_type: 'user' | 'agent' | 'system';
  readonly created_by_actor_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

const PEM_LABEL = /^-----BEGIN ([A-Z0-9 ]{1,64})-----\r?\n/;

/** What a value of this type must look like. Throws `invalid_request` that names `value` and never shows it. */
export function checkSecret(type: CredentialType, value: string): void {
  switch (type) {
    case 'SSH_KEY':
      if (!/^((OPENSSH|RSA|EC|DSA) )?PRIVATE KEY$|^ENCRYPTED PRIVATE KEY$/.test(pemLabel(value))) {
        throw invalidField('value', 'must be a private key in PEM form');
      }
      return;
    case 'CERTIFICATE':
      if (pemLabel(value) !== 'CERTIFICATE') throw invalidField('value', 'must be a certificate in PEM form');
      return;
    case 'ENDPOINT_URL':
      checkEndpoint(value);
      return;
    default:
  }
}

function pemLabel(value: string): string {
  return PEM_LABEL.exec(value.trimStart())?.[1] ?? '';
}

/** A URL, or JSON `{baseURL, apiKey?, headers?}`; what carries a key goes over https unless it stays near. */
function checkEndpoint(value: string): void {
  const { baseUrl, hasSecret } = readEndpoint(value);
  if (baseUrl.length > 2_048 || !URL.canParse(baseUrl)) throw invalidField('value', 'must name a URL');
  const url = new URL(baseUrl);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalidField('value', 'must be an http(s) URL');
  if (url.username !== '' || url.password !== '') throw invalidField('value', 'must have no user name in its URL');
  const host = url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  if (isLinkLocal(host)) throw invalidField('value', 'must not be a link-local or metadata address');
  if (hasSecret && url.protocol === 'http:' && !isNear(host)) {
    throw invalidField('value', 'must use https, as it carries a secret');
  }
}

function readEndpoint(value: string): { baseUrl: string; hasSecret: boolean } {
  const { baseUrl, apiKey, headers } = readEndpointParts(value);
  return { baseUrl, hasSecret: apiKey !== null || Object.keys(headers).length > 0 };
}

/** What the value of an ENDPOINT_URL says. Throws `invalid_request` that never shows it. */
export function readEndpointParts(value: string): {
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly headers: Readonly<Record<string, string>>;
} {
  if (!value.trimStart().startsWith('{')) return { baseUrl: value, apiKey: null, headers: {} };
  let document: Record<string, unknown>;
  try {
    document = JSON.parse(value) as Record<string, unknown>;
  } catch {
    throw invalidField('value', 'must be a URL or a JSON object');
  }
  const { baseURL, apiKey, headers, ...unknown } = document;
  const headerValues = headers === undefined ? {} : headers;
  if (
    typeof baseURL !== 'string' ||
    (apiKey !== undefined && typeof apiKey !== 'string') ||
    typeof headerValues !== 'object' ||
    headerValues === null ||
    Object.values(headerValues).some((header) => typeof header !== 'string') ||
    Object.keys(unknown).length > 0
  ) {
    throw invalidField('value', 'must be {baseURL, apiKey, headers}, all of text');
  }
  return { baseUrl: baseURL, apiKey: apiKey ?? null, headers: headerValues as Record<string, string> };
}

/** Where an ENDPOINT_URL is, without what it is called with; null of other types and of what has no value yet. */
export function endpointUrlOf(type: CredentialType, value: string | null): string | null {
  return type === 'ENDPOINT_URL' && value !== null ? readEndpointParts(value).baseUrl : null;
}

function isLinkLocal(host: string): boolean {
  return (
    host.startsWith('169.254.') ||
    /^fe[89ab][0-9a-f]:/.test(host) ||
    host.startsWith('::ffff:a9fe:') ||
    host === '100.100.100.200' ||
    host === 'fd00:ec2::254' ||
    host === 'metadata.google.internal' ||
    host === 'metadata'
  );
}

function isNear(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    /^f[cd][0-9a-f]{2}:/.test(host) ||
    /^(127|10)\./.test(host) ||
    host.startsWith('192.168.') ||
    /^172\.(1[6-9]|2[0-9]|3[01])\./.test(host)
  );
}

/** States in which a credential has a value that works or may work again. */
const LIVE: ReadonlySet<CredentialStatus> = new Set(['ACTIVE', 'RATE_LIMITED', 'EXPIRED', 'ERROR']);

/** Whether a value may be replaced: never one that is revoked, waits for its first value or for a decision. */
export function canRotate(status: CredentialStatus): boolean {
  return LIVE.has(status);
}

/** Whether what uses a credential may report it as `to`. REVOKED is for good. */
export function canReport(from: CredentialStatus, to: CredentialStatus): boolean {
  return LIVE.has(from) && (LIVE.has(to) || to === 'REVOKED');
}

/** A variable's name for a credential that is granted without one: `Stripe key (test)` → `STRIPE_KEY_TEST`. */
export function envVarNameOf(credentialName: string): string {
  const name = credentialName
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 120);
  return /^[A-Z]/.test(name) ? name : `CREDENTIAL_${name === '' ? 'VALUE' : name}`;
}

/** The fields that hold a secret, as they are sealed. */
export const SECRET_FIELD = { value: 'value', refreshToken: 'refresh_token' } as const;

/** As what a field of a credential's own is sealed. */
export function sealedFieldOf(key: string): `field:${string}` {
  return `field:${key}`;
}

/** What a rotation replaces. */
export type CredentialPart = 'value' | 'refresh_token' | `field:${string}`;

/** A credential that an agent proposes, or asks people for when it has no value. */
export interface ProposedCredential {
  readonly name: string;
  readonly type: CredentialType;
  readonly provider: string;
  readonly value: string | null;
}
