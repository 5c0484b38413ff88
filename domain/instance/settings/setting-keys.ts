import { invalidField, CrewshipError } from '../../kernel/errors/crewship-error.ts';
import type { JsonValue } from '../../kernel/json/json-value.ts';

/** What a setting of a known key holds. `secret`: text that is sealed, and read back by the product alone. */
export type SettingKind =
  | { readonly kind: 'text'; readonly maxLength: number; readonly pattern?: RegExp }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'one_of'; readonly values: readonly string[] }
  | { readonly kind: 'secret'; readonly maxLength: number }
  /** Any JSON: whoever made up the key knows. */
  | { readonly kind: 'free'; readonly maxBytes: number };

/** A known key, or a family of them: `*` stands for one part of a key. */
interface KnownKey {
  readonly key: string;
  readonly value: SettingKind;
  /** Whether a workspace may differ from the instance. */
  readonly perWorkspace: boolean;
  /** Written by the product alone. */
  readonly isProtected?: true;
}

/** By how much a mission may be worse than its baseline: docs/contracts/eval.md, Regressions. */
function thresholds(most: Readonly<Record<string, number>>, kind: 'number' | 'integer'): KnownKey[] {
  return Object.entries(most).map(([name, max]) => ({
    key: `eval.${name}`,
    value: { kind, min: 0, max },
    perWorkspace: true,
  }));
}

/**
 * What becomes of the agents' hosts, mail, sign-in and models when somebody changes it; every other key is `custom.*`.
 */
const KNOWN_KEYS: readonly KnownKey[] = [
  { key: 'runtime.agent_min_memory_mb', value: { kind: 'integer', min: 64, max: 1_048_576 }, perWorkspace: true },
  { key: 'runtime.agent_min_cpus', value: { kind: 'number', min: 0.1, max: 1_024 }, perWorkspace: true },
  ...thresholds({ tool_success_drop: 1, steps_rise: 1_000, cost_rise: 1_000 }, 'number'),
  ...thresholds({ hallucinations_rise: 1_000_000 }, 'integer'),
  { key: 'smtp.host', value: { kind: 'text', maxLength: 255, pattern: /^[A-Za-z0-9.:_-]+$/ }, perWorkspace: false },
  { key: 'smtp.port', value: { kind: 'integer', min: 1, max: 65_535 }, perWorkspace: false },
  { key: 'smtp.security', value: { kind: 'one_of', values: ['none', 'starttls', 'tls'] }, perWorkspace: false },
  { key: 'smtp.username', value: { kind: 'text', maxLength: 255 }, perWorkspace: false },
  { key: 'smtp.password', value: { kind: 'secret', maxLength: 1_024 }, perWorkspace: false },
  { key: 'smtp.from', value: { kind: 'text', maxLength: 320, pattern: /^[^\r\n]+@[^\r\n]+$/ }, perWorkspace: false },
  { key: 'oauth.*.client_id', value: { kind: 'text', maxLength: 512 }, perWorkspace: false },
  { key: 'oauth.*.client_secret', value: { kind: 'secret', maxLength: 4_096 }, perWorkspace: false },
  { key: 'oauth.*.issuer', value: { kind: 'text', maxLength: 2_048, pattern: /^https:\/\// }, perWorkspace: false },
  { key: 'webhook.*.secret', value: { kind: 'secret', maxLength: 1_024 }, perWorkspace: true },
  { key: 'llm.anthropic.api_key', value: { kind: 'secret', maxLength: 1_024 }, perWorkspace: false },
  { key: 'llm.openai.api_key', value: { kind: 'secret', maxLength: 1_024 }, perWorkspace: false },
  {
    key: 'research.search_url',
    value: { kind: 'text', maxLength: 1_024, pattern: /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/ },
    perWorkspace: true,
  },
  { key: 'api_keys.max_per_person', value: { kind: 'integer', min: 0, max: 50 }, perWorkspace: true },
  { key: 'api_keys.max_lifetime_days', value: { kind: 'integer', min: 1, max: 3_650 }, perWorkspace: true },
  { key: 'instance.bootstrap_at', value: { kind: 'text', maxLength: 64 }, perWorkspace: false, isProtected: true },
  { key: 'instance.first_user_id', value: { kind: 'text', maxLength: 64 }, perWorkspace: false, isProtected: true },
  { key: 'schema.version', value: { kind: 'text', maxLength: 64 }, perWorkspace: false, isProtected: true },
];

const FREE: Omit<KnownKey, 'key'> = { value: { kind: 'free', maxBytes: 8_192 }, perWorkspace: true };
const KEY = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/;
const KEY_LENGTH = 128;
const DEEPEST = 16;

const matchers = KNOWN_KEYS.map((known) => ({
  known,
  pattern: new RegExp(`^${known.key.replaceAll('.', '\\.').replaceAll('*', '[a-z0-9_]+')}$`),
}));

/** What a key is. Throws `invalid_request` for one that is no key and for one that nobody knows. */
export function settingOf(key: string): Omit<KnownKey, 'key'> {
  if (key.length > KEY_LENGTH || !KEY.test(key)) {
    throw invalidField('key', `must match ${KEY.source} and have at most ${KEY_LENGTH} characters`);
  }
  const known = matchers.find(({ pattern }) => pattern.test(key))?.known;
  if (known !== undefined) return known;
  if (key.startsWith('custom.')) return FREE;
  throw invalidField('key', 'is not known; keys of your own begin with custom.');
}

/** Whether the value of a key is sealed where it lies and never shown. */
export function isSecretSetting(key: string): boolean {
  return settingOf(key).value.kind === 'secret';
}

/**
 * The value as it is kept. Throws `invalid_request` for one that is not of the key's kind, and `forbidden` for a key
 * that only the product writes.
 */
export function checkSetting(key: string, value: JsonValue, scope: 'instance' | 'workspace'): JsonValue {
  const known = settingOf(key);
  if (known.isProtected === true) throw new CrewshipError('forbidden', `${key} is written by Crewship alone`);
  if (scope === 'workspace' && !known.perWorkspace) throw invalidField('key', 'is the instance’s alone');
  const fault = faultOf(known.value, value);
  if (fault !== null) throw invalidField('value', fault);
  return value;
}

function faultOf(kind: SettingKind, value: JsonValue): string | null {
  switch (kind.kind) {
    case 'text':
    case 'secret': {
      if (typeof value !== 'string' || value === '') return 'must be text';
      if (value.includes('\0')) return 'must not hold NUL';
      if (value.length > kind.maxLength) return `must have at most ${kind.maxLength} characters`;
      return kind.kind === 'text' && kind.pattern?.test(value) === false ? `must match ${kind.pattern.source}` : null;
    }
    case 'integer':
    case 'number': {
      const isOfKind = kind.kind === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value);
      if (!isOfKind) return kind.kind === 'integer' ? 'must be a whole number' : 'must be a number';
      return (value as number) < kind.min || (value as number) > kind.max
        ? `must be between ${kind.min} and ${kind.max}`
        : null;
    }
    case 'boolean':
      return typeof value === 'boolean' ? null : 'must be true or false';
    case 'one_of':
      return kind.values.includes(value as string) ? null : `must be one of ${kind.values.join(', ')}`;
    case 'free':
      if (value === null) return 'must not be null';
      if (depthOf(value) > DEEPEST) return `must be nested at most ${DEEPEST} deep`;
      return JSON.stringify(value).length > kind.maxBytes || JSON.stringify(value).includes('\\u0000')
        ? `must have at most ${kind.maxBytes} characters as JSON, and no NUL`
        : null;
  }
}

function depthOf(value: JsonValue, limit = DEEPEST + 1): number {
  if (typeof value !== 'object' || value === null || limit === 0) return 0;
  return 1 + Math.max(0, ...Object.values(value).map((member) => depthOf(member as JsonValue, limit - 1)));
}
