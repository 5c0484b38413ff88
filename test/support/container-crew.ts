import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type CrewContainer, ensureCrewContainer } from '../../activities/crews/containers/crew-container.ts';
import {
  type CrewContainerSettings,
  type CrewContainerSpec,
  LABEL,
} from '../../activities/crews/containers/crew-container-options.ts';
import { crewPaths } from '../../activities/crews/containers/crew-host-paths.ts';
import { canMigrateConnections, readNofileHardLimit } from '../../activities/crews/containers/host-limits.ts';
import { ensureSidecarContainer } from '../../activities/crews/containers/sidecar-container.ts';
import { createHelperImage } from '../../activities/crews/containers/helper-image.ts';
import type { PrepareDeps } from '../../activities/crews/containers/prepare-crew-host.ts';
import { HELPER_LABEL } from '../../activities/crews/containers/root-helper.ts';
import {
  type AttemptDeps,
  createAttemptExec,
  prepareAttempt,
  startAttempt,
} from '../../activities/work/runs/exec/attempt-exec.ts';
import { type ExecPrograms, installExecPrograms } from '../../activities/work/runs/exec/exec-programs.ts';
import { createAttemptGroups } from '../../activities/work/runs/groups/attempt-groups.ts';
import { type AttemptEvent, followAttempt } from '../../activities/work/runs/exec/follow-attempt.ts';
import { createDockerClient, type DockerClient } from '../../platform/docker/docker-client.ts';
import { dropFilterTable, testEgressFilter } from './test-egress-filter.ts';
import { createDockerEvents, type DockerEvents } from '../../platform/docker/docker-events.ts';
import { newId } from '../../platform/ids/ids.ts';

export const DOCKER_HOST = process.env.CREWSHIP_TEST_DOCKER_HOST ?? 'unix:///var/run/docker.sock';
const IMAGE = process.env.CREWSHIP_TEST_RUNTIME_IMAGE ?? 'crewship/runtime-base:test';
export const OUTPUT_LIMIT_BYTES = 1_048_576;

export interface DockerFixture {
  docker: DockerClient;
  events: DockerEvents;
  settings: CrewContainerSettings;
  programs: ExecPrograms;
  prepare: PrepareDeps;
  attempts: AttemptDeps;
  stackId: string;
  newSpec(changes?: Partial<CrewContainerSpec>): CrewContainerSpec;
  close(): Promise<void>;
}

/** A stack of its own on the real daemon: its labels and its directories tell it from every other. */
export async function createDockerFixture(
  mounted: Pick<CrewContainerSettings, 'toolsDir' | 'agentTools'> = {},
  /** A daemon of the test's own. */
  dockerHost = DOCKER_HOST,
): Promise<DockerFixture> {
  const docker = createDockerClient(dockerHost);
  const root = await mkdtemp(path.join(os.tmpdir(), 'crewship-docker-'));
  const stackId = `test-${newId()}`;
  const programs = await installExecPrograms(path.join(root, 'runtime'));
  const settings: CrewContainerSettings = {
    crewsDir: path.join(root, 'crews'),
    socketsDir: path.join(root, 'sockets'),
    runtimeDir: path.join(root, 'runtime'),
    nodeBinary: process.execPath,
    networkPool: '10.213.0.0/16',
    nofileHardLimit: await readNofileHardLimit(),
    migratesConnections: await canMigrateConnections(),
    supervisor: programs.supervisor,
    ...mounted,
  };
  const events = createDockerEvents({ docker, label: `${LABEL.stack}=${stackId}` });
  await events.ready;
  const identity = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const helperImage = createHelperImage({ docker, reference: IMAGE });
  const { nodeBinary, runtimeDir } = settings;
  const groups = createAttemptGroups({
    docker,
    helperImage,
    stackId,
    nodeBinary,
    runtimeDir,
    program: programs.groups,
  });
  return {
    docker,
    events,
    settings,
    programs,
    prepare: { docker, settings, identity, helperImage, egressFilter: testEgressFilter({ docker, stackId }) },
    attempts: { docker, dirs: settings, programs, groups, identity },
    stackId,
    newSpec: (changes) => ({
      stackId,
      workspaceId: newId(),
      crewId: newId(),
      generation: 1,
      image: IMAGE,
      imagePath: null,
      memoryMb: 1_024,
      cpus: 1,
      network: 'none',
      mounts: [],
      capAdd: [],
      privileged: false,
      ...changes,
    }),
    async close() {
      groups.close();
      await events.close();
      await dropFilterTable(stackId);
      for (const labels of [{ [LABEL.stack]: stackId }, { [HELPER_LABEL]: stackId }] as Record<string, string>[]) {
        for (const container of await docker.listContainers(labels)) await docker.removeContainer(container.id);
      }
      for (const network of await docker.listNetworks({ [LABEL.stack]: stackId }))
        await docker.removeNetwork(network.id);
      for (const volume of await docker.listVolumes({ [LABEL.stack]: stackId })) await docker.removeVolume(volume);
      await rm(root, { recursive: true, force: true });
    },
  };
}

export interface ContainerCrew extends CrewContainer {
  spec: CrewContainerSpec;
  runsDir: string;
  recordsDir: string;
  /** The container of its sidecars. */
  beside(): Promise<string>;
  /** Runs a shell script as an agent in its container, or as the sidecar's user in that one. */
  sh(script: string, user?: '1001:1001' | '1002:1002'): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** Starts an attempt and returns its exec. */
  start(attemptId: string, command: readonly string[], options?: StartOptions): Promise<string>;
  follow(attemptId: string, execId: string, options?: FollowOptions): AsyncGenerator<AttemptEvent, void, undefined>;
}

interface StartOptions {
  input?: unknown;
  env?: Record<string, string>;
  outputLimitBytes?: number;
}

interface FollowOptions {
  fromOffset?: number;
  outputLimitBytes?: number;
  signal?: AbortSignal;
}

export async function startCrew(fixture: DockerFixture, spec = fixture.newSpec()): Promise<ContainerCrew> {
  const container = await ensureCrewContainer(fixture.prepare, spec);
  const { containerId } = container;
  const { crewId } = spec;
  let made: Promise<{ containerId: string }> | undefined;
  const beside = async () => (await (made ??= ensureSidecarContainer(fixture.prepare, spec, container))).containerId;
  return {
    ...container,
    beside,
    spec,
    runsDir: crewPaths(fixture.settings, crewId).runs,
    recordsDir: crewPaths(fixture.settings, crewId).records,
    async sh(script, user = '1001:1001') {
      const exec = { containerId: user === '1001:1001' ? containerId : await beside(), user };
      return fixture.docker.runExec({ ...exec, argv: ['/bin/sh', '-c', script] }, { timeoutMs: 20_000 });
    },
    async start(attemptId, command, { input = {}, env = {}, outputLimitBytes = OUTPUT_LIMIT_BYTES } = {}) {
      await prepareAttempt(fixture.attempts, {
        crewId,
        attemptId,
        input: typeof input === 'string' ? input : JSON.stringify(input),
      });
      const exec = { containerId, attemptId, command, env, outputLimitBytes };
      const { execId } = await createAttemptExec(fixture.attempts, exec);
      await startAttempt(fixture.attempts, { containerId, attemptId, execId });
      return execId;
    },
    follow(attemptId, execId, options = {}) {
      const { fromOffset = 0, outputLimitBytes = OUTPUT_LIMIT_BYTES, signal = new AbortController().signal } = options;
      const deps = { ...fixture.attempts, events: fixture.events };
      return followAttempt(deps, { crewId, attemptId, execId, fromOffset, outputLimitBytes, signal });
    },
  };
}

/** The whole output and the end. */
export async function finish(
  events: AsyncIterable<AttemptEvent>,
): Promise<{ output: Buffer; end: Extract<AttemptEvent, { kind: 'end' }> }> {
  const chunks: Buffer[] = [];
  for await (const event of events) {
    if (event.kind === 'end') return { output: Buffer.concat(chunks), end: event };
    chunks.push(event.data);
  }
  throw new Error('an attempt without end');
}

/** Reads until the output holds the text, and returns what was read and where it ended. */
export async function readUntil(
  events: AsyncGenerator<AttemptEvent, void, undefined>,
  text: string,
): Promise<{ output: string; offset: number }> {
  let output = '';
  let offset = 0;
  for (;;) {
    const { value } = await events.next();
    if (value === undefined || value.kind === 'end') throw new Error(`ended before ${JSON.stringify(text)}`);
    output += value.data.toString();
    offset = value.offset + value.data.length;
    if (output.includes(text)) return { output, offset };
  }
}
