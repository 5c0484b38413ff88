import { type ConfigProblems, isJsonObject, type JsonObject } from './config-problems.ts';

const MAX_MOUNTS = 20;
const FUSE_DEVICE = '/dev/fuse';
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;
const TARGET = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9_.-]+){1,32}$/;
/** Where programs keep data: here or below. */
const DATA_TARGETS = ['/cache', '/commandhistory', '/data', '/go', '/nix', '/workspaces'];
/** Below these, not over them: what an image or Crewship has there stays. */
const PARENT_TARGETS = ['/home/agent', '/media', '/mnt', '/opt', '/srv', '/usr/local', '/var/cache', '/var/lib'];
/** What Crewship has below one of them. */
const RESERVED_TARGETS = ['/opt/crew-tools', '/opt/crewship'];
type Member = 'source' | 'target' | 'type' | 'readOnly' | 'ignored';
const MEMBERS: Readonly<Record<string, Member>> = {
  source: 'source',
  src: 'source',
  target: 'target',
  destination: 'target',
  dst: 'target',
  type: 'type',
  readonly: 'readOnly',
  ro: 'readOnly',
  consistency: 'ignored',
};

/** A mount of a crew's container. */
export interface ContainerMount {
  /** `device` is the host's `/dev/fuse`. */
  readonly kind: 'volume' | 'device';
  /** The volume's name as configured, or the device. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Reads mounts that {@link checkMounts} lets pass. */
export function readMounts(mounts: unknown): readonly ContainerMount[] {
  return (mounts as unknown[]).map((mount) => {
    const given = new Map(
      Object.entries(membersOf(mount) ?? {}).map(([name, value]) => [MEMBERS[name], value] as const),
    );
    const source = given.get('source') as string;
    return {
      kind: source === FUSE_DEVICE ? 'device' : 'volume',
      source,
      target: given.get('target') as string,
      readOnly: [true, 'true', '1'].includes(given.get('readOnly') as string | boolean),
    };
  });
}

/**
 * Mounts are named volumes, or the device `/dev/fuse`; nothing of the host's files (docs/contracts/provisioning.md,
 * Mounts).
 */
export function checkMounts(mounts: unknown, problems: ConfigProblems): void {
  if (!Array.isArray(mounts)) return problems.add('mounts', 'must be a list');
  if (mounts.length > MAX_MOUNTS) problems.add('mounts', `must be at most ${MAX_MOUNTS}`);
  for (const [index, mount] of (mounts as unknown[]).entries()) {
    const problem = mountProblem(mount);
    if (problem !== null) problems.add(`mounts.${index}`, problem);
  }
}

function mountProblem(mount: unknown): string | null {
  const members = membersOf(mount);
  if (members === null) return 'must be source=…,target=…,type=… or an object of these';
  const given = new Map<string, unknown>();
  for (const [name, value] of Object.entries(members)) {
    const member = Object.hasOwn(MEMBERS, name) ? MEMBERS[name]! : null;
    if (member === null) return `must hold source, target, type and readonly only, not ${name.slice(0, 40)}`;
    if (member !== 'ignored' && given.has(member)) return `must name its ${member} once`;
    given.set(member, value);
  }
  const source = given.get('source');
  const target = given.get('target');
  const type = given.get('type') ?? 'volume';
  if (source === FUSE_DEVICE) {
    return type !== 'volume' && target === FUSE_DEVICE ? null : `${FUSE_DEVICE} must be bound at ${FUSE_DEVICE}`;
  }
  if (type !== 'volume' || typeof source !== 'string' || !VOLUME_NAME.test(source)) {
    return `must be a named volume (${VOLUME_NAME.source}) or ${FUSE_DEVICE}: nothing of the host is bound`;
  }
  if (typeof target !== 'string' || target.length > 255 || !TARGET.test(target)) {
    return 'must have an absolute target path of A-Z, a-z, 0-9, _, . and -, without . and .. parts';
  }
  return isMountTarget(target)
    ? null
    : `must have its target in ${DATA_TARGETS.join(', ')}, or below ${PARENT_TARGETS.join(', ')}, ` +
        `and not in ${RESERVED_TARGETS.join(' or ')}`;
}

function isMountTarget(target: string): boolean {
  const isIn = (path: string): boolean => target === path || target.startsWith(`${path}/`);
  if (RESERVED_TARGETS.some(isIn)) return false;
  return DATA_TARGETS.some(isIn) || PARENT_TARGETS.some((path) => target.startsWith(`${path}/`));
}

function membersOf(mount: unknown): JsonObject | null {
  return typeof mount === 'string' ? readMountText(mount) : isJsonObject(mount) ? mount : null;
}

/** `source=x,target=/y,type=volume`, as the Docker CLI takes it. A member without a value is a switch. */
function readMountText(text: string): JsonObject | null {
  const members = new Map<string, string | true>();
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (members.has(name)) return null;
    members.set(name, equals < 0 ? true : part.slice(equals + 1));
  }
  return Object.fromEntries(members);
}
