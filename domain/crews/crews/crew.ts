import type { Host } from '../hosts/host.ts';
import type { AutonomyLevel } from '../autonomy/autonomy.ts';

export const CREW_COLORS = ['blue', 'emerald', 'violet', 'amber', 'rose', 'cyan', 'lime', 'fuchsia'] as const;
export const NETWORK_MODES = ['free', 'restricted'] as const;
export type NetworkMode = (typeof NETWORK_MODES)[number];

export const DEFAULT_CONTAINER_MEMORY_MB = 8_192;
export const DEFAULT_CONTAINER_CPUS = 2;
export const DEFAULT_CONTAINER_TTL_HOURS = 4;
const LOW_MEMORY_MB = 2_048;
const LOW_CPUS = 0.5;

/**
 * Confidence thresholds of the completion gate, each 0 to 1; `auto_approve_threshold` above `require_approval_below`.
 */
export interface EscalationConfig {
  readonly auto_approve_threshold?: number;
  readonly notify_threshold?: number;
  readonly require_approval_below?: number;
}

/** What a caller may set. Field names are those of the API, in every layer. */
export interface CrewFields {
  readonly name: string;
  readonly slug: string;
  readonly description: string | null;
  readonly color: string | null;
  readonly icon: string | null;
  readonly avatar_style: string | null;
  readonly container_memory_mb: number;
  readonly container_cpus: number;
  /** 0: never stopped for being idle. */
  readonly container_ttl_hours: number;
  readonly network_mode: NetworkMode;
  readonly allowed_domains: readonly string[];
  readonly runtime_image: string | null;
  /** JSON with comments, as it was written. */
  readonly devcontainer_config: string | null;
  /** The same as `mise` in `devcontainer_config`, by itself; JSON or TOML, as it was written. */
  readonly mise_config: string | null;
  readonly escalation_config: EscalationConfig | null;
  readonly issue_prefix: string | null;
  readonly max_ephemeral_agents: number;
  readonly max_concurrent_runs: number;
  /** What its agents may do without a person. */
  readonly autonomy_level: AutonomyLevel;
  /** Whether `crwv1` tokens, which do not end with a container, speak for it. */
  readonly takes_integrator_tokens: boolean;
}

export interface Crew extends CrewFields {
  readonly id: string;
  readonly workspace_id: string;
  readonly host_id: string | null;
  /**
   * `lost`: nothing was heard of it lately, and nothing of the crew goes on until it is back or the crew is moved.
   * `full`: no attempt begins until there is room on its disk.
   */
  readonly host_status: Host['status'] | 'full' | null;
  /** Made by an agent and not approved: nothing runs in it. */
  readonly held: boolean;
  /** Since when it begins nothing. */
  readonly paused_at: string | null;
  readonly container_status: 'stopped' | 'starting' | 'running' | 'error';
  readonly container_error: string | null;
  /** Of its configuration; null: it has none. */
  readonly config_hash: string | null;
  /** The image that its containers start from, once it was built of the configuration. */
  readonly cached_image: string | null;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly _count: { readonly agents: number };
}

export const NEW_CREW_DEFAULTS: Omit<CrewFields, 'name' | 'slug'> = {
  description: null,
  color: null,
  icon: null,
  avatar_style: null,
  container_memory_mb: DEFAULT_CONTAINER_MEMORY_MB,
  container_cpus: DEFAULT_CONTAINER_CPUS,
  container_ttl_hours: DEFAULT_CONTAINER_TTL_HOURS,
  network_mode: 'restricted',
  allowed_domains: [],
  runtime_image: null,
  devcontainer_config: null,
  mise_config: null,
  escalation_config: null,
  issue_prefix: null,
  max_ephemeral_agents: 10,
  max_concurrent_runs: 4,
  autonomy_level: 'guided',
  takes_integrator_tokens: true,
};

/**
 * Where a crew keeps what outlives its containers; each is on its Docker host alone. Volumes of its configuration are,
 * too.
 */
export const CREW_DATA_PATHS = ['/workspace', '/output', '/crew', '/home/agent', '/opt/crew-tools'] as const;

/** A host name or `*.host`, lower case. */
const DOMAIN_PATTERN = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The host of a domain as people type it (`https://Example.com:443/x` is `example.com`); null when it is none. */
export function normaliseDomain(text: string): string | null {
  const host = text
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
    .replace(/[/?#].*$/, '')
    .replace(/:\d{1,5}$/, '');
  return host.length <= 253 && DOMAIN_PATTERN.test(host) ? host : null;
}

/** What an operator should know about values that are allowed. */
export function crewWarnings(crew: CrewFields): string[] {
  const warnings: string[] = [];
  if (crew.container_memory_mb < LOW_MEMORY_MB) {
    warnings.push(`container_memory_mb below ${LOW_MEMORY_MB}: agent CLIs may be killed for memory`);
  }
  if (crew.container_cpus < LOW_CPUS) warnings.push(`container_cpus below ${LOW_CPUS}: agents will be slow`);
  return warnings;
}
