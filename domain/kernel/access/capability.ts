import type { Role } from './authority.ts';

/** What a member may be allowed besides what their role allows: each widens a role and none narrows it. */
export const CAPABILITIES = [
  'chat',
  'routine.create',
  'routine.run',
  'skill.create',
  'credential.create',
  'credential.rotate',
  'issue.create',
  'memory.write',
  'page.create',
  'credentials:reveal',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

const NOT_BY_ROLE: ReadonlySet<Capability> = new Set(['routine.run', 'page.create', 'credentials:reveal']);
const OF_ADMINS = CAPABILITIES.filter((capability) => !NOT_BY_ROLE.has(capability));

const BY_ROLE: Readonly<Record<Role, readonly Capability[]>> = {
  OWNER: OF_ADMINS,
  ADMIN: OF_ADMINS,
  MANAGER: ['chat', 'routine.create', 'issue.create', 'memory.write'],
  MEMBER: ['chat'],
  VIEWER: ['chat'],
};

const POWER = ['chat', 'routine.create', 'routine.run', 'skill.create', 'issue.create', 'memory.write'] as const;

/** Sets of capabilities by a name. */
export const CAPABILITY_PRESETS = {
  chat: ['chat'],
  power: POWER,
  admin: [...POWER, 'credential.create', 'credential.rotate'],
} as const satisfies Readonly<Record<string, readonly Capability[]>>;
export type CapabilityPreset = keyof typeof CAPABILITY_PRESETS;

/** What a member has: what was set for them, else what their role brings. */
export function capabilitiesOf(role: Role, set: readonly string[] | null): Capability[] {
  const held: readonly string[] = set ?? BY_ROLE[role];
  return CAPABILITIES.filter((capability) => held.includes(capability));
}

/** A change to what somebody has: exactly one of its members. */
export type CapabilityChange =
  | { readonly set: readonly Capability[] }
  | { readonly grant: readonly Capability[] }
  | { readonly revoke: readonly Capability[] }
  | { readonly preset: CapabilityPreset };

/** What somebody has after a change. */
export function changedCapabilities(current: readonly Capability[], change: CapabilityChange): Capability[] {
  const wanted = new Set<Capability>('set' in change ? change.set : current);
  if ('preset' in change) return [...CAPABILITY_PRESETS[change.preset]];
  if ('grant' in change) for (const capability of change.grant) wanted.add(capability);
  if ('revoke' in change) for (const capability of change.revoke) wanted.delete(capability);
  return CAPABILITIES.filter((capability) => wanted.has(capability));
}
