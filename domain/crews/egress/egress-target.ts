import type { NetworkMode } from '../crews/crew.ts';
import { parseIp } from '../../kernel/addresses/ip-address.ts';

/** Where a crew wants to go: a lower-case name or an address without brackets, and a port. */
export interface EgressTarget {
  readonly host: string;
  readonly port: number;
}

/** What a crew may reach. */
export interface NetworkPolicy {
  readonly network_mode: NetworkMode;
  readonly allowed_domains: readonly string[];
}

/** Whether it may go there, and by which rule: an entry of its list, or why not. */
export interface EgressVerdict {
  readonly allowed: boolean;
  readonly rule: string;
}

/** Underscores are no host names, but names in the DNS all the same. */
const NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
const AUTHORITY = /^(?:\[([0-9a-f:.]{2,45})\]|([^:[\]]{1,254}))(?::(\d{1,5}))?$/i;

/** `host:port`, `[address]:port`, or without a port where there is a default; null for anything else. */
export function parseAuthority(text: string, defaultPort: number | null): EgressTarget | null {
  const [, bracketed, plain, portText] = AUTHORITY.exec(text) ?? [];
  const host = (bracketed ?? plain ?? '').toLowerCase().replace(/\.$/, '');
  const port = portText === undefined ? defaultPort : Number(portText);
  if (port === null || port < 1 || port > 65_535) return null;
  const isAddress = parseIp(host) !== null;
  if (bracketed === undefined ? !isAddress && !NAME.test(host) : !isAddress) return null;
  return { host, port };
}

/** `*.x` stands for every name below `x`, at any depth, and not for `x` itself. */
function coversHost(domain: string, host: string): boolean {
  return domain.startsWith('*.') ? host.endsWith(domain.slice(1)) && host.length > domain.length - 1 : domain === host;
}

/**
 * Whether a policy lets a crew go there by name; what the name resolves to is judged apart. A restricted crew goes to
 * the domains of its list and to `ports`; a free one anywhere.
 */
export function judgeTarget(policy: NetworkPolicy, target: EgressTarget, ports: ReadonlySet<number>): EgressVerdict {
  if (policy.network_mode === 'free') return { allowed: true, rule: 'network_mode free' };
  const domain = policy.allowed_domains.find((entry) => coversHost(entry, target.host));
  if (domain === undefined) return { allowed: false, rule: 'not in allowed_domains' };
  if (!ports.has(target.port)) return { allowed: false, rule: 'port not allowed' };
  return { allowed: true, rule: domain };
}
