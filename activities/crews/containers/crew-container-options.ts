import { createHash } from 'node:crypto';
import type { ContainerCreateOptions } from 'dockerode';
import type { ContainerPlan } from '../../../domain/crews/crews/container-plan.ts';
import { AGENT_UID, type CrewHostDirs, checkedId, crewPaths } from './crew-host-paths.ts';
import { AGENT_OPEN_FILES } from './host-limits.ts';

/** What the crew workflow wants to run: ids and numbers, from the crew's row. */
export interface CrewContainerSpec {
  stackId: string;
  workspaceId: string;
  crewId: string;
  generation: number;
  /** An id or a reference. */
  image: string;
  /** Directories where programs of the image are, as its PATH has them; null: it has none. */
  imagePath: string | null;
  memoryMb: number;
  cpus: number;
  network: ContainerPlan['network'];
  mounts: ContainerPlan['mounts'];
  capAdd: ContainerPlan['capAdd'];
  privileged: boolean;
}

export interface CrewContainerSettings extends CrewHostDirs {
  /** Node for the sidecar, and for programs of the crew's that want it and whose image can run it. */
  nodeBinary: string;
  /** The operator's programs, mounted at /opt/crewship/tools. */
  toolsDir?: string;
  /** The host's agent tools by the name that they have on PATH; others come from the crew's image or not at all. */
  agentTools?: Readonly<Record<string, string>>;
  /** The program that holds containers open and runs attempts, in the runtime directory. */
  supervisor: string;
  /** IPv4 network that crews' own networks are cut from. */
  networkPool: string;
  /** From readNofileHardLimit. */
  nofileHardLimit: number;
  /** From canMigrateConnections. */
  migratesConnections?: boolean;
}

export const LABEL = {
  stack: 'crewship.stack',
  workspace: 'crewship.workspace',
  crew: 'crewship.crew',
  generation: 'crewship.generation',
  spec: 'crewship.spec',
  /** On the container of a crew's sidecars: the start of the crew's container whose network it joined. */
  sidecar: 'crewship.sidecar',
  /** What attempts find in a container: {@link CONTAINER_LAYOUT}. */
  layout: 'crewship.layout',
  /** On what is built for crews. */
  build: 'crewship.build',
} as const;

/** Raised when attempts cannot run any more in containers that were made before. */
export const CONTAINER_LAYOUT = '2';

const MIB = 1_048_576;
const GIB = 1_073_741_824;
/** Of a crew, all agents together. */
export const CREW_PROCESSES = 2_048;
const SIDECAR_URL = 'http://127.0.0.1:9119';
const MAX_VOLUME_NAME = 120;
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function crewContainerName(spec: Pick<CrewContainerSpec, 'stackId' | 'crewId' | 'generation'>): string {
  return `crewship-${checkedId(spec.stackId)}-${checkedId(spec.crewId)}-g${spec.generation}`;
}

/** A crew's own network, whatever its container's generation. */
export function crewNetworkName(spec: Pick<CrewContainerSpec, 'stackId' | 'crewId'>): string {
  return `crewship-${checkedId(spec.stackId)}-${checkedId(spec.crewId)}`;
}

export function crewVolumeNames(stackId: string, crewId: string): { home: string; tools: string } {
  const prefix = `crewship-${checkedId(stackId)}-${checkedId(crewId)}`;
  return { home: `${prefix}-home`, tools: `${prefix}-tools` };
}

/**
 * The crew's volume behind a name of its configuration. The name that the daemon knows holds stack and crew, so that no
 * crew reaches another's; a long one is cut to what a file system takes.
 */
export function configuredVolumeName(stackId: string, crewId: string, name: string): string {
  const prefix = `crewship-${checkedId(stackId)}-${checkedId(crewId)}-v`;
  if (name.length <= MAX_VOLUME_NAME) return `${prefix}-${name}`;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return `${prefix}x-${name.slice(0, MAX_VOLUME_NAME - digest.length)}-${digest}`;
}

/** Names in the daemon of all that the configuration mounts. */
export function configuredVolumes(spec: Pick<CrewContainerSpec, 'stackId' | 'crewId' | 'mounts'>): readonly string[] {
  const names = spec.mounts.flatMap((mount) =>
    mount.kind === 'volume' ? [configuredVolumeName(spec.stackId, spec.crewId, mount.source)] : [],
  );
  return [...new Set(names)];
}

/** Memory-backed file systems share a quarter of the memory, 2 : 1, up to 1 GiB of /dev/shm and 500 MB of /tmp. */
function memoryFileSystems(memoryBytes: number): { shmBytes: number; tmpBytes: number } {
  const third = Math.floor(memoryBytes / 12);
  return { shmBytes: Math.min(GIB, 2 * third), tmpBytes: Math.min(500 * MIB, third) };
}

export function bind(source: string, target: string, readOnly = false) {
  // Docker creates no missing source for `Mounts`, so a lost directory is an error instead of an empty one of root's.
  return { Type: 'bind' as const, Source: source, Target: target, ReadOnly: readOnly };
}

function configuredMount(spec: CrewContainerSpec, mount: ContainerPlan['mounts'][number]) {
  return {
    Type: 'volume' as const,
    Source: configuredVolumeName(spec.stackId, spec.crewId, mount.source),
    Target: mount.target,
    ReadOnly: mount.readOnly,
    // What the image has there would come with its owner, and agents could not write.
    VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } },
  };
}

function environment(spec: CrewContainerSpec): string[] {
  // With a network of its own a crew needs nobody to pass things on.
  const names = spec.network === 'own' ? [] : ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];
  const proxy = names.map((name) => `${name}=${SIDECAR_URL}`);
  return [
    `PATH=/opt/crew-tools/bin:/opt/crewship/bin:${spec.imagePath ?? SYSTEM_PATH}`,
    'HOME=/home/agent',
    'LANG=C.UTF-8',
    `CREWSHIP_SIDECAR_URL=${SIDECAR_URL}`,
    ...proxy,
    'NO_PROXY=127.0.0.1,localhost',
    'no_proxy=127.0.0.1,localhost',
  ];
}

// The daemon has known it since API 1.41; the type definitions do not.
type HostConfig = NonNullable<ContainerCreateOptions['HostConfig']> & { CgroupnsMode: 'private' };

/** Hardening: docs/contracts/crews-and-agents.md, Container. */
function hostConfig(settings: CrewContainerSettings, spec: CrewContainerSpec): HostConfig {
  const paths = crewPaths(settings, spec.crewId);
  const volumes = crewVolumeNames(spec.stackId, spec.crewId);
  const memoryBytes = spec.memoryMb * MIB;
  const { shmBytes, tmpBytes } = memoryFileSystems(memoryBytes);
  return {
    NetworkMode: spec.network === 'own' ? crewNetworkName(spec) : 'none',
    CapDrop: spec.privileged ? [] : ['ALL'],
    // For the main process and supervisors, which turn into agents with them; agents have none.
    CapAdd: ['SETUID', 'SETGID', ...spec.capAdd],
    SecurityOpt: ['no-new-privileges'],
    Privileged: spec.privileged,
    ReadonlyRootfs: !spec.privileged,
    Devices: spec.mounts.flatMap((mount) =>
      mount.kind === 'device'
        ? [{ PathOnHost: mount.source, PathInContainer: mount.target, CgroupPermissions: 'rwm' }]
        : [],
    ),
    Sysctls: {
      // What the capability is for, said so that it holds for a user that is not root.
      ...(spec.capAdd.includes('NET_BIND_SERVICE') ? { 'net.ipv4.ip_unprivileged_port_start': '0' } : {}),
      // Connections on their way to a sidecar that ends go to the one beside it.
      ...(settings.migratesConnections === true ? { 'net.ipv4.tcp_migrate_req': '1' } : {}),
    },
    Init: true,
    IpcMode: 'private',
    CgroupnsMode: 'private',
    Memory: memoryBytes,
    // Equal to memory: no swap.
    MemorySwap: memoryBytes,
    NanoCpus: Math.round(spec.cpus * 1e9),
    PidsLimit: CREW_PROCESSES,
    // When the host itself runs out of memory, agents go before its services do.
    OomScoreAdj: 500,
    ShmSize: shmBytes,
    Tmpfs: {
      '/tmp': `rw,noexec,nosuid,nodev,mode=1777,size=${tmpBytes}`,
      '/secrets': `rw,noexec,nosuid,nodev,mode=0700,uid=${AGENT_UID},gid=${AGENT_UID},size=${16 * MIB}`,
    },
    // No nproc: it counts a uid's processes over the whole host, all crews together.
    Ulimits: [
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: Math.min(AGENT_OPEN_FILES, settings.nofileHardLimit), Hard: settings.nofileHardLimit },
      { Name: 'fsize', Soft: 4 * GIB, Hard: 4 * GIB },
    ],
    Mounts: [
      bind(paths.runs, '/runs'),
      bind(paths.records, '/records'),
      bind(paths.inputs, '/inputs', true),
      bind(paths.workspace, '/workspace'),
      bind(paths.output, '/output'),
      bind(paths.crew, '/crew'),
      bind(settings.nodeBinary, '/opt/crewship/bin/node', true),
      bind(settings.runtimeDir, '/opt/crewship/runtime', true),
      ...(settings.toolsDir === undefined ? [] : [bind(settings.toolsDir, '/opt/crewship/tools', true)]),
      ...Object.entries(settings.agentTools ?? {}).map(([name, file]) => bind(file, `/opt/crewship/bin/${name}`, true)),
      { Type: 'volume', Source: volumes.home, Target: '/home/agent' },
      { Type: 'volume', Source: volumes.tools, Target: '/opt/crew-tools' },
      ...spec.mounts.flatMap((mount) => (mount.kind === 'volume' ? [configuredMount(spec, mount)] : [])),
    ],
    // The main process only sleeps: it has nothing to say, and agents' output goes to files.
    LogConfig: { Type: 'none', Config: {} },
    RestartPolicy: { Name: 'no' },
  };
}

/** The container as the daemon is asked for it. Its label `crewship.spec` is the hash of everything but the labels. */
export function crewContainerOptions(settings: CrewContainerSettings, spec: CrewContainerSpec): ContainerCreateOptions {
  const options: ContainerCreateOptions = {
    name: crewContainerName(spec),
    Image: spec.image,
    // No agent may signal it, and nothing of the image runs as its user.
    User: '0:0',
    WorkingDir: '/workspace',
    Hostname: 'crew',
    Env: environment(spec),
    Entrypoint: [`/opt/crewship/runtime/${settings.supervisor}`, 'hold'],
    Cmd: [],
    StopTimeout: 30,
    StopSignal: 'SIGTERM',
    HostConfig: hostConfig(settings, spec),
  };
  const specHash = createHash('sha256').update(JSON.stringify(options)).digest('hex').slice(0, 32);
  return {
    ...options,
    Labels: {
      [LABEL.stack]: spec.stackId,
      [LABEL.workspace]: spec.workspaceId,
      [LABEL.crew]: spec.crewId,
      [LABEL.generation]: String(spec.generation),
      [LABEL.layout]: CONTAINER_LAYOUT,
      [LABEL.spec]: specHash,
    },
  };
}
