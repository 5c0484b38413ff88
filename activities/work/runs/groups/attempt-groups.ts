import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { ContainerCreateOptions } from 'dockerode';
import type { DockerClient } from '../../../../platform/docker/docker-client.ts';
import { DockerError, isDockerError } from '../../../../platform/docker/docker-error.ts';
import type { AttachedExec } from '../../../../platform/docker/docker-execs.ts';
import { bind, LABEL } from '../../../crews/containers/crew-container-options.ts';
import type { HelperImage } from '../../../crews/containers/helper-image.ts';
import { HELPER_LABEL } from '../../../crews/containers/root-helper.ts';
import type { ContainerRef, Group, GroupKind, GroupsCall, GroupsResult, LimitHits } from './groups-program.ts';

const MIB = 1_048_576;
const CALL_TIMEOUT_MS = 15_000;
const READY_TIMEOUT_MS = 30_000;
/** Most calls take milliseconds; those that end a group may take its grace. */
const DOUBT_MS = 1_000;
const TRIES = 3;
const RUNTIME = '/opt/crewship/runtime';

export interface AttemptGroup {
  readonly containerId: string;
  readonly attemptId: string;
}

/** What is known of a group that was ended. */
export interface EndedGroup {
  /** What could not be ended; null: all of it is gone. */
  readonly left: Group | null;
  /** How often it hit limits of its container; undefined: not known. */
  readonly hits: LimitHits | undefined;
}

/**
 * Control groups of attempts: what a process and all that it ever starts cannot leave (docs/decisions/0042). Every call
 * may be repeated. Rejects with DockerError: `unavailable` or `timeout` when the helper cannot be had, `rejected` when
 * it refuses.
 */
export interface AttemptGroups {
  /**
   * Has the attempt's supervisor, once it was started, in its group, and lets it go on. `found` is false for one that
   * has ended, or that is so new that only the daemon knows it: by this number. `isNew`: it was started this moment,
   * and is not one that is in the group already.
   */
  enter(
    attempt: AttemptGroup & { readonly supervisor?: number; readonly isNew?: boolean },
  ): Promise<{ readonly found: boolean; readonly hits: LimitHits | undefined }>;
  /** Ends all that is in a group: SIGTERM, after the grace SIGKILL. One that is gone has nothing left. */
  end(
    attempt: AttemptGroup & { readonly kind?: GroupKind; readonly graceMs: number; readonly limitMs: number },
  ): Promise<EndedGroup>;
  /** Has what an attempt left behind stay, in a group of its own kind. */
  keep(attempt: AttemptGroup): Promise<Group | null>;
  /** Removes a group that was ended. One that is not empty stays. */
  remove(attempt: AttemptGroup & { readonly kind?: GroupKind }): Promise<void>;
  /** The groups of a container, with what is in them; null when it does not run. */
  list(containerId: string): Promise<readonly Group[] | null>;
  /** Ends all of a container at once, whatever state it is in. */
  kill(containerId: string): Promise<void>;
  close(): void;
}

export interface GroupsHelperOptions {
  readonly docker: DockerClient;
  readonly helperImage: HelperImage;
  readonly stackId: string;
  readonly nodeBinary: string;
  readonly runtimeDir: string;
  /** The helper's program in the runtime directory. */
  readonly program: string;
}

type CallOf<Call> = Call extends unknown ? Omit<Call, keyof ContainerRef> : never;

interface Connection {
  call(call: GroupsCall, timeoutMs: number): Promise<GroupsResult>;
  close(): void;
}

/** One helper a stack and daemon, made when it is first needed, and anew when it died or its image changed. */
export function createAttemptGroups(options: GroupsHelperOptions): AttemptGroups {
  const { docker } = options;
  let connected: Promise<Connection> | undefined;
  let closed = false;
  /** Main processes by container: a container that was started again has another, and the helper says so. */
  const mains = new Map<string, number>();

  function connection(): Promise<Connection> {
    if (closed) throw new DockerError('unavailable', 'attempt groups');
    connected ??= connect(options, forget).catch((error: unknown) => {
      forget();
      throw error;
    });
    return connected;
  }

  function forget(): void {
    connected = undefined;
  }

  async function mainOf(containerId: string): Promise<number | null> {
    const known = mains.get(containerId);
    if (known !== undefined) return known;
    const state = await docker.inspectContainer(containerId);
    if (!state?.running) return null;
    if (state.labels[LABEL.stack] !== options.stackId) throw new DockerError('rejected', 'attempt groups');
    mains.set(containerId, state.pid);
    return state.pid;
  }

  async function call(
    containerId: string,
    wanted: CallOf<GroupsCall>,
    timeoutMs = CALL_TIMEOUT_MS,
  ): Promise<GroupsResult> {
    for (let attempt = 1; ; attempt += 1) {
      const isKnown = mains.has(containerId);
      const pid = await mainOf(containerId);
      if (pid === null) return { up: false };
      try {
        const to = await connection();
        const result = await to.call({ ...wanted, containerId, pid } as GroupsCall, timeoutMs);
        if (result.up) return result;
        mains.delete(containerId);
        // What was known of it may be old.
        if (!isKnown) return result;
      } catch (error) {
        mains.delete(containerId);
        // Another process may have the number that the main one had before its container was started again.
        const isStale = isKnown && isDockerError(error, 'rejected');
        const isLost = isDockerError(error, 'unavailable', 'not_found', 'not_running');
        if ((isStale || isLost) && attempt < TRIES) continue;
        // The helper's, which says nothing of the crew's container.
        throw isLost ? new DockerError('unavailable', 'attempt groups', { cause: error }) : error;
      }
    }
  }

  return {
    async enter({ containerId, attemptId, supervisor = null, isNew = false }) {
      const result = await call(containerId, { op: 'enter', kind: 'attempts', id: attemptId, supervisor, isNew });
      return { found: result.found === true, hits: result.hits };
    },

    async end({ containerId, attemptId, kind = 'attempts', graceMs, limitMs }) {
      const timeoutMs = graceMs + limitMs + CALL_TIMEOUT_MS;
      const result = await call(containerId, { op: 'end', kind, id: attemptId, graceMs, limitMs }, timeoutMs);
      return { left: result.groups?.[0] ?? null, hits: result.hits };
    },

    async keep({ containerId, attemptId }) {
      const result = await call(containerId, { op: 'keep', kind: 'attempts', id: attemptId });
      return result.groups?.[0] ?? null;
    },

    async remove({ containerId, attemptId, kind = 'attempts' }) {
      await call(containerId, { op: 'remove', kind, id: attemptId });
    },

    async list(containerId) {
      const result = await call(containerId, { op: 'list' });
      return result.up ? (result.groups ?? []) : null;
    },

    async kill(containerId) {
      await call(containerId, { op: 'kill' });
    },

    close() {
      closed = true;
      void connected?.then((open) => open.close()).catch(() => {});
    },
  };
}

function helperName(stackId: string): string {
  return `crewship-${stackId}-groups`;
}

/** Root of the host's processes and control groups, and of nothing else. */
function helperOptions(options: GroupsHelperOptions, image: string): ContainerCreateOptions {
  const hostConfig: ContainerCreateOptions['HostConfig'] & { CgroupnsMode: 'host' } = {
    NetworkMode: 'none',
    PidMode: 'host',
    CgroupnsMode: 'host',
    CapDrop: ['ALL'],
    // SIGTERM to agents; all the rest is what root owns.
    CapAdd: ['KILL'],
    SecurityOpt: ['no-new-privileges'],
    ReadonlyRootfs: true,
    Memory: 256 * MIB,
    MemorySwap: 256 * MIB,
    PidsLimit: 128,
    Mounts: [
      bind('/sys/fs/cgroup', '/sys/fs/cgroup'),
      bind(options.nodeBinary, '/opt/crewship/bin/node', true),
      bind(options.runtimeDir, RUNTIME, true),
    ],
    LogConfig: { Type: 'none', Config: {} },
    RestartPolicy: { Name: 'no' },
  };
  const made: ContainerCreateOptions = {
    name: helperName(options.stackId),
    Image: image,
    User: '0:0',
    WorkingDir: '/',
    // The program is an exec, so that each worker has one of its own version; this holds the container open.
    Entrypoint: ['/bin/sh', '-c', 'exec sleep 2147483647'],
    Cmd: [],
    HostConfig: hostConfig,
  };
  const spec = createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 32);
  return { ...made, Labels: { [HELPER_LABEL]: options.stackId, [LABEL.spec]: spec } };
}

async function ensureHelper(options: GroupsHelperOptions): Promise<string> {
  const { docker } = options;
  for (let attempt = 1; ; attempt += 1) {
    const wanted = helperOptions(options, await options.helperImage.id());
    const current = await docker.inspectContainer(helperName(options.stackId));
    const isOurs = current !== undefined && current.labels[LABEL.spec] === wanted.Labels?.[LABEL.spec];
    if (isOurs && current.running) return current.id;
    try {
      let id = isOurs && current.status === 'created' ? current.id : undefined;
      if (current !== undefined && id === undefined) await docker.removeContainer(current.id);
      id ??= await docker.createContainer(wanted);
      await docker.startContainer(id);
      return id;
    } catch (error) {
      // Another worker beside this daemon made or removed it in between.
      if (!isDockerError(error, 'conflict', 'not_found') || attempt === TRIES) throw error;
    }
  }
}

async function connect(options: GroupsHelperOptions, onClose: () => void): Promise<Connection> {
  const { docker } = options;
  const containerId = await ensureHelper(options);
  const execId = await docker.createExec({
    containerId,
    argv: ['/opt/crewship/bin/node', `${RUNTIME}/${options.program}`],
    user: '0:0',
    workingDir: '/',
    stdin: true,
    output: true,
  });
  const attached = await docker.startExecAttached(execId);
  const isGone = async () => (await docker.inspectExec(execId))?.running !== true;
  return talk(attached, isGone, onClose);
}

interface Waiting {
  readonly resolve: (result: GroupsResult) => void;
  readonly reject: (error: DockerError) => void;
}

type Answer = { n?: number; ready?: boolean; result?: GroupsResult; error?: string };

async function talk(attached: AttachedExec, isGone: () => Promise<boolean>, onClose: () => void): Promise<Connection> {
  const waiting = new Map<number, Waiting>();
  const ready = Promise.withResolvers<GroupsResult>();
  ready.promise.catch(() => {});
  waiting.set(0, ready);
  let last = 0;
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    onClose();
    attached.detach();
    for (const { reject } of waiting.values()) reject(new DockerError('unavailable', 'attempt groups'));
    waiting.clear();
  };
  attached.stderr.resume();
  attached.stdin.on('error', end);
  attached.stdout.once('close', end);
  createInterface({ input: attached.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer;
    const call = waiting.get(answer.n ?? 0);
    waiting.delete(answer.n ?? 0);
    if (answer.result !== undefined) call?.resolve(answer.result);
    else if (answer.ready === true) call?.resolve({ up: true });
    else call?.reject(new DockerError('rejected', 'attempt groups', { cause: answer.error ?? 'no cgroup.kill' }));
  });
  const within = async <T>(promise: Promise<T>, timeoutMs: number): Promise<T> => {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new DockerError('timeout', 'attempt groups')), timeoutMs);
    try {
      return await Promise.race([promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    await within(ready.promise, READY_TIMEOUT_MS);
  } catch (error) {
    attached.detach();
    throw error;
  }
  return {
    async call(call, timeoutMs) {
      const n = (last += 1);
      const answer = Promise.withResolvers<GroupsResult>();
      waiting.set(n, answer);
      attached.stdin.write(`${JSON.stringify({ n, ...call })}\n`);
      // The daemon does not close the streams of an exec whose container is removed: who waits long asks it.
      const doubt = setInterval(() => void isGone().then((gone) => gone && end(), end), DOUBT_MS);
      try {
        return await within(answer.promise, timeoutMs);
      } finally {
        clearInterval(doubt);
        waiting.delete(n);
      }
    },
    close: () => attached.detach(),
  };
}
