import { existsSync, mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { readdir, rmdir, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/*
 * What the host's helper runs as root: control groups of attempts below those of the crews' containers. It is told what
 * to do over standard input and answers over standard output, a line of JSON each; who may speak to the daemon may
 * speak to it, nobody else. It stands alone: nothing but what Node brings. It sees all processes of the host, and the
 * control groups; it has no network and no file of anybody's.
 */

export interface ContainerRef {
  readonly containerId: string;
  /** Of its main process, as the daemon counts. */
  readonly pid: number;
}

export type GroupKind = 'attempts' | 'kept';

export interface GroupRef extends ContainerRef {
  readonly kind: GroupKind;
  /** The attempt's. */
  readonly id: string;
}

export type GroupsCall =
  /** Makes the attempt's group, has its supervisor in it, and lets it go on. */
  /** `isNew`: of a supervisor that was just started, beside which another of the same attempt may be there already. */
  | ({ readonly op: 'enter'; readonly supervisor: number | null; readonly isNew: boolean } & GroupRef)
  /** SIGTERM to what is in it, after the grace SIGKILL; ends when it is empty, or after the limit. */
  | ({ readonly op: 'end'; readonly graceMs: number; readonly limitMs: number } & GroupRef)
  /** Moves what is in an attempt's group to its kept one. */
  | ({ readonly op: 'keep' } & GroupRef)
  /** Removes a group that is empty. */
  | ({ readonly op: 'remove' } & GroupRef)
  | ({ readonly op: 'list' } & ContainerRef)
  /** SIGKILL to all of the container, stopped and frozen ones too. */
  | ({ readonly op: 'kill' } & ContainerRef);

export interface GroupProcess {
  /** As the container counts. */
  readonly pid: number;
  readonly name: string;
  readonly memory_bytes: number;
}

export interface Group {
  readonly kind: GroupKind;
  readonly id: string;
  readonly processes: readonly GroupProcess[];
}

/** How often a limit was hit. `own`: in this group alone; otherwise in its container, since that was started. */
export interface LimitHits {
  readonly oomKills: number;
  readonly refusedForks: number;
  readonly own: boolean;
}

export interface GroupsResult {
  /** False: the container does not run, so nothing is in it. */
  readonly up: boolean;
  /** Of `enter`: the supervisor was there. */
  readonly found?: boolean;
  readonly hits?: LimitHits;
  /** What is left; of `end`, what could not be ended. */
  readonly groups?: readonly Group[];
}

const ROOT = '/sys/fs/cgroup';
const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{1,63}$/;
const CONTAINER_ID = /^[0-9a-f]{64}$/;
const RUNTIME = '/opt/crewship/runtime';
const SUPERVISOR_PREFIX = `${RUNTIME}/supervisor-`;
const ENTER_LIMIT_MS = 10_000;
const ENTER_LOOKS = 5;
const LOOK_MS = 1;
const SAFETY_LOOK_MS = 250;
const LISTED_PROCESSES = 200;

/** Where the hierarchy of version 2 is; of version 1 those that say more of an attempt than that one does. */
const unified = existsSync(`${ROOT}/cgroup.controllers`) ? ROOT : `${ROOT}/unified`;
const counted = ['memory', 'pids'].filter((name) => unified !== ROOT && existsSync(`${ROOT}/${name}/cgroup.procs`));
const freezer = unified !== ROOT && existsSync(`${ROOT}/freezer/cgroup.procs`) ? `${ROOT}/freezer` : null;

class Refused extends Error {}

interface Places {
  readonly unified: string;
  readonly counted: readonly string[];
  readonly freezer: string | null;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** The directories of the container's own groups; null when it does not run. Refuses what is no container of ours. */
function placesOf({ containerId, pid }: ContainerRef): Places | null {
  if (!CONTAINER_ID.test(containerId) || !Number.isSafeInteger(pid) || pid < 2) throw new Refused('not a container');
  const state = stateOf(pid);
  const cgroups = read(`/proc/${pid}/cgroup`);
  if (state === null || state === 'Z' || state === 'X' || cgroups === null) return null;
  const place = (controller: string, root: string): string => {
    const line = cgroups
      .split('\n')
      .map((text) => text.split(':'))
      .find(([, controllers = '']) => controllers.split(',').includes(controller));
    const path = line?.slice(2).join(':') ?? '';
    const name = path.split('/').at(-1);
    if (path.includes('..') || (name !== containerId && name !== `docker-${containerId}.scope`)) {
      throw new Refused('the container has no control group of its own');
    }
    return root + path;
  };
  if (runtimeMount(String(pid)) !== runtimeMount('self')) throw new Refused('not a container of this host’s stack');
  return {
    unified: place('', unified),
    counted: counted.map((name) => place(name, `${ROOT}/${name}`)),
    freezer: freezer === null ? null : place('freezer', freezer),
  };
}

/** What the stack has at the place of its programs: its containers have the same there, and nobody else's. */
function runtimeMount(pid: string): string {
  const mounts = read(`/proc/${pid}/mountinfo`)?.split('\n') ?? [];
  const fields = mounts.map((line) => line.split(' ')).find(([, , , , target]) => target === RUNTIME);
  if (fields === undefined) throw new Refused('a container without the stack’s programs');
  return `${fields[2]} ${fields[3]}`;
}

/** What the kernel says of a process, from the third field on; null for one that is gone. */
function statOf(pid: number): readonly string[] | null {
  const stat = read(`/proc/${pid}/stat`);
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function parentOf(pid: number): number {
  return Number(statOf(pid)?.[1] ?? 0);
}

/** One letter, as the kernel has it; `X` for one that is on its way out, null for one that is gone. */
function stateOf(pid: number): string | null {
  const fields = statOf(pid);
  if (fields === null) return null;
  // Flags of the kernel's: a main process that ends waits, as if asleep, until all that it takes along is gone.
  const isExiting = (Number(fields[6]) & 4) !== 0;
  return isExiting ? 'X' : (fields[0] ?? null);
}

function relative({ kind, id }: Pick<GroupRef, 'kind' | 'id'>): string {
  if (!ID.test(id) || (kind !== 'attempts' && kind !== 'kept')) throw new Refused('not a group');
  return `${kind}/${id}`;
}

function pidsIn(directory: string): number[] {
  return (read(`${directory}/cgroup.procs`) ?? '').split('\n').filter(Boolean).map(Number);
}

/** Agents' processes are never root's; supervisors always are. */
function isAgents(pid: number): boolean {
  const uid = /^Uid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return uid !== undefined && uid !== '0';
}

function make(places: Places, group: Pick<GroupRef, 'kind' | 'id'>): string[] {
  const directories = [places.unified, ...places.counted].map((place) => `${place}/${relative(group)}`);
  for (const directory of directories) mkdirSync(directory, { recursive: true });
  return directories;
}

/**
 * At one go: the first of them waits for the kernel, about 10 ms, and what follows at once does not. A process that
 * ended meanwhile is in no group any more.
 */
function move(pid: number, directories: readonly string[]): void {
  for (const directory of directories) {
    try {
      writeFileSync(`${directory}/cgroup.procs`, String(pid));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function hitsOf(places: Places, group: Pick<GroupRef, 'kind' | 'id'>): LimitHits {
  const own = places.counted.length === 2;
  const [memory, pids] = own
    ? places.counted.map((place) => `${place}/${relative(group)}`)
    : [places.unified, places.unified];
  const count = (file: string, key: string) =>
    Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(read(file) ?? '')?.[1] ?? 0);
  return {
    oomKills: count(own ? `${memory}/memory.oom_control` : `${memory}/memory.events`, 'oom_kill'),
    refusedForks: count(`${pids}/pids.events`, 'max'),
    own,
  };
}

function groupOf(kind: GroupKind, id: string, pids: readonly number[]): Group {
  const processes = pids.slice(0, LISTED_PROCESSES).flatMap((pid) => {
    const status = read(`/proc/${pid}/status`);
    if (status === null) return [];
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
    return [
      {
        pid: Number(field('NSpid').split(/\s+/).at(-1)),
        name: field('Name').slice(0, 64),
        memory_bytes: (Number.parseInt(field('VmRSS'), 10) || 0) * 1_024,
      },
    ];
  });
  return { kind, id, processes };
}

function isEmpty(directory: string): boolean {
  return !(read(`${directory}/cgroup.events`) ?? '').includes('populated 1');
}

/** Until the kernel says that the group is empty, or the limit. */
async function untilEmpty(directory: string, limitMs: number): Promise<boolean> {
  if (isEmpty(directory)) return true;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const look = () => {
    if (isEmpty(directory)) resolve(true);
  };
  const watcher = watch(`${directory}/cgroup.events`, look).on('error', () => {});
  const safety = setInterval(look, SAFETY_LOOK_MS);
  const limit = setTimeout(() => resolve(isEmpty(directory)), limitMs);
  look();
  try {
    return await promise;
  } finally {
    watcher.close();
    clearInterval(safety);
    clearTimeout(limit);
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * A supervisor that is not in its group stops itself. It may have looked just before it was put there, and stop only
 * now: so it is continued when it is seen to have stopped, until it has a child or is gone.
 */
async function letGo(pid: number, directory: string): Promise<void> {
  const deadline = Date.now() + ENTER_LIMIT_MS;
  for (;;) {
    const state = stateOf(pid);
    if (state === 'T') {
      process.kill(pid, 'SIGCONT');
      return;
    }
    if (state === null || state === 'Z' || state === 'X' || isAgents(pid) || hasChild(pid, directory)) return;
    if (Date.now() > deadline) throw new Refused('the supervisor does not stop');
    await pause(LOOK_MS);
  }
}

function hasChild(pid: number, directory: string): boolean {
  return pidsIn(directory).some((other) => parentOf(other) === pid);
}

/** Whether this is the supervisor of an attempt: by what it was started with, which no agent can be as root. */
function isSupervisorOf(pid: number, id: string): boolean {
  const [program = '', action, attempt] = (read(`/proc/${pid}/cmdline`) ?? '').split('\0');
  return program.startsWith(SUPERVISOR_PREFIX) && action === 'run' && attempt === id && !isAgents(pid);
}

/**
 * The daemon says that an exec has started shortly before its program is there. One that is not found has ended, is in
 * its group, or is later still: who knows its number calls again with it.
 */
async function enter(places: Places, call: Extract<GroupsCall, { op: 'enter' }>): Promise<GroupsResult> {
  const [directory, ...others] = make(places, call) as [string, ...string[]];
  const named = (pid: number) => pid === call.supervisor && pid !== call.pid && !isAgents(pid);
  const find = (place: string) => pidsIn(place).filter((pid) => named(pid) || isSupervisorOf(pid, call.id));
  const isThere = () => find(places.unified).length > 0 || (!call.isNew && find(directory).length > 0);
  for (let look = 0; look < ENTER_LOOKS && !isThere(); look += 1) await pause(2 * LOOK_MS);
  const found = isThere();
  // The one that the supervisor looks at is the last.
  for (const pid of find(places.unified)) move(pid, [...others, directory]);
  await Promise.all(find(directory).map((pid) => letGo(pid, directory)));
  return { up: true, found, hits: hitsOf(places, call) };
}

function isFrozen(places: Places): boolean {
  if (places.freezer !== null) return !(read(`${places.freezer}/freezer.state`) ?? 'THAWED').startsWith('THAWED');
  return (read(`${places.unified}/cgroup.events`) ?? '').includes('frozen 1');
}

/** Of version 1: a frozen process dies only where nothing is frozen. */
function takeOutOfFreezer(places: Places, pids: readonly number[]): void {
  if (places.freezer === null || freezer === null) return;
  for (const pid of pids) move(pid, [freezer]);
}

async function end(places: Places, call: Extract<GroupsCall, { op: 'end' }>): Promise<GroupsResult> {
  const directory = `${places.unified}/${relative(call)}`;
  const hits = () => hitsOf(places, call);
  if (!existsSync(directory) || isEmpty(directory)) return { up: true, hits: hits(), groups: [] };
  const frozen = isFrozen(places);
  if (!frozen && call.graceMs > 0) {
    const agents = pidsIn(directory).filter(isAgents);
    for (const pid of agents) signal(pid, 'SIGTERM');
    if (agents.length > 0) await untilEmpty(directory, call.graceMs);
  }
  const deadline = Date.now() + call.limitMs;
  do {
    if (isEmpty(directory)) return { up: true, hits: hits(), groups: [] };
    if (frozen) takeOutOfFreezer(places, pidsIn(directory));
    await writeFile(`${directory}/cgroup.kill`, '1');
  } while (!(await untilEmpty(directory, 1_000)) && Date.now() < deadline);
  const left = pidsIn(directory);
  return { up: true, hits: hits(), groups: left.length === 0 ? [] : [groupOf(call.kind, call.id, left)] };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function keep(places: Places, call: GroupRef): GroupsResult {
  const directory = `${places.unified}/${relative({ kind: 'attempts', id: call.id })}`;
  const kept = make(places, { kind: 'kept', id: call.id });
  // What it starts meanwhile begins where its parent is: until a look finds nobody new.
  for (let pids = pidsIn(directory); pids.length > 0; pids = pidsIn(directory)) {
    for (const pid of pids) move(pid, kept);
  }
  return { up: true, groups: [groupOf('kept', call.id, pidsIn(kept[0]!))] };
}

async function remove(places: Places, call: GroupRef): Promise<GroupsResult> {
  for (const place of [...places.counted, places.unified]) {
    await rmdir(`${place}/${relative(call)}`).catch((error: NodeJS.ErrnoException) => {
      // Busy: a process is on its way out, or in; who looks for left groups finds it.
      if (error.code !== 'ENOENT' && error.code !== 'EBUSY') throw error;
    });
  }
  return { up: true };
}

async function list(places: Places): Promise<GroupsResult> {
  const groups: Group[] = [];
  for (const kind of ['attempts', 'kept'] as const) {
    const entries = await readdir(`${places.unified}/${kind}`, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isDirectory()) continue;
      groups.push(groupOf(kind, entry.name, pidsIn(`${places.unified}/${kind}/${entry.name}`)));
    }
  }
  return { up: true, groups };
}

async function kill(places: Places): Promise<GroupsResult> {
  const inside = await list(places);
  const directories = ['', ...inside.groups!.map(({ kind, id }) => `/${kind}/${id}`)];
  if (isFrozen(places)) {
    takeOutOfFreezer(
      places,
      directories.flatMap((name) => pidsIn(places.unified + name)),
    );
  }
  await writeFile(`${places.unified}/cgroup.kill`, '1');
  await untilEmpty(places.unified, 5_000);
  return { up: true };
}

async function answer(call: GroupsCall): Promise<GroupsResult> {
  const places = placesOf(call);
  if (places === null) return { up: false };
  switch (call.op) {
    case 'enter':
      return enter(places, call);
    case 'end':
      return end(places, call);
    case 'keep':
      return keep(places, call);
    case 'remove':
      return remove(places, call);
    case 'list':
      return list(places);
    case 'kill':
      return kill(places);
  }
}

function reply(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

const own = /^0::(.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? '';
// From Linux 5.14 on.
reply({ ready: existsSync(`${unified}${own}/cgroup.kill`) });
createInterface({ input: process.stdin }).on('line', (line) => {
  const { n, ...call } = JSON.parse(line) as GroupsCall & { n: number };
  void answer(call as GroupsCall).then(
    (result) => reply({ n, result }),
    (error: unknown) => {
      const code = (error as NodeJS.ErrnoException).code;
      const refused = error instanceof Refused ? error.message : undefined;
      reply({ n, error: refused ?? code ?? 'failed' });
    },
  );
});
process.stdin.once('end', () => process.exit(0));
