import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseConfig } from '../platform/config/config.ts';
import { loadInternalTokens } from '../platform/internal-tokens/load-internal-tokens.ts';
import { createBenchCrew, untilRows } from './bench-crew.ts';
import type { BenchStack } from './bench-stack.ts';
import { inParallel } from './constant-rate.ts';
import { atMost, type Figure } from './figure.ts';
import { type LimitProcess, startLimitProcess } from './limits/limit-process.ts';
import { percentile } from './percentile.ts';

const CLIENTS = 10_000;
const TARGET_MS = 2_000;
const TARGET_KIB = 48;
const ATTACH_DEADLINE_MS = 120_000;
const PROBES = 5;
const ANSWER_DEADLINE_MS = 300_000;
/** People who answer at once. */
const ANSWERING = 16;

/**
 * Agents that wait for people: 10,000 clients of one API process on one question and on 10,000, and half of them
 * attached again after that process was killed. A figure is the time from the moment a person's request is sent to the
 * moment a client has the answer.
 */
export async function longPolls(bench: BenchStack): Promise<Figure[]> {
  const crew = await openWaitingCrew(bench);
  const clients = await startClients();
  const bare = await startLimitProcess('bare-park', {});
  try {
    const limit = await bareWake(clients, bare);
    const one = await onOne(bench, crew, clients);
    const killed = await afterKill(bench, crew, clients);
    // Last, as it leaves Temporal with as many workflows to close.
    const many = await onMany(bench, crew, clients);
    const limitName = 'a bare Node HTTP server that parks and answers as many';
    const wake = (name: string, samples: readonly number[]) =>
      atMost({
        name,
        value: percentile(samples, 99),
        unit: 'ms p99',
        target: TARGET_MS,
        limit: limit.wakeMs,
        limitName,
      });
    return [
      wake('long-poll-one', one.delaysMs),
      wake('long-poll-killed', killed),
      wake('long-poll-each', many),
      atMost({
        name: 'long-poll-memory',
        value: one.kibibytes,
        unit: 'KiB a client',
        target: TARGET_KIB,
        limit: limit.kibibytes,
        limitName,
      }),
    ];
  } finally {
    await bare.stop();
    clients.stop();
  }
}

interface WaitingCrew {
  readonly port: number;
  readonly token: string;
  /** New questions of the crew's: their ids. */
  ask(count: number): Promise<string[]>;
}

/** Asked in rows: what is measured is waiting and answering, and a crew may not have 10,000 open questions at once. */
async function openWaitingCrew(bench: BenchStack): Promise<WaitingCrew> {
  const config = parseConfig(bench.stack.processEnv);
  const { id: crewId, leadId } = await createBenchCrew(bench, {
    slug: 'waiting',
    program: 'hold.sh',
    maxConcurrentRuns: 1,
  });
  const { rows } = await bench.rows.query<{ workspace_id: string }>('select workspace_id from crews where id = $1', [
    crewId,
  ]);
  const workspaceId = rows[0]!.workspace_id;
  let asked = 0;
  return {
    port: config.CREWSHIP_INTERNAL_LISTEN_PORT!,
    token: loadInternalTokens(config).issue({ kind: 'crew', workspaceId, crewId }),
    async ask(count) {
      const from = asked;
      asked += count;
      const inserted = await bench.rows.query<{ id: string }>(
        `insert into escalations (id, workspace_id, crew_id, agent_id, type, from_name, from_slug, reason, deadline_at,
           answer_deadline_at)
         select 'bench-question-' || n, $1, $2, $3, 'TEXT', 'Bench', 'bench', 'Which way?', now() + interval '1 hour',
           now() + interval '7 days'
         from generate_series($4::int, $5::int) n returning id`,
        [workspaceId, crewId, leadId, from, from + count - 1],
      );
      return inserted.rows.map(({ id }) => id);
    },
  };
}

interface Clients {
  /** A client for each path; `from`: beside so many that are attached already. */
  attach(target: { port: number; token: string; paths: readonly string[]; from?: number }): void;
  halfOnly(): void;
  /** Resolves when so many are connected and the server has come to the end of their requests. */
  untilAttached(count: number): Promise<void>;
  /** Resolves with when each client had its answer, by its index, when so many have. */
  untilAnswered(count: number): Promise<Map<number, number>>;
  stop(): void;
}

async function startClients(): Promise<Clients> {
  const child: ChildProcess = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'clients/long-poll-clients.ts')],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  let attached = 0;
  let port = 0;
  let failure: string | undefined;
  let answers = new Map<number, number>();
  child.on('message', (message: { type: string; count?: number; index?: number; atMs?: number; status?: number }) => {
    if (message.type === 'ready') resolve();
    else if (message.type === 'attached') attached = message.count!;
    else if (message.type === 'answered') answers.set(message.index!, message.atMs!);
    else if (message.type === 'failed') failure = `a client was answered ${message.status}`;
  });
  await ready;
  const until = (what: () => string, deadlineMs: number, isSo: () => boolean) =>
    untilRows('clients', deadlineMs, async () => {
      if (failure !== undefined) throw new Error(failure);
      return isSo();
    }).catch((error: Error) => {
      throw new Error(`${error.message}: ${what()}`);
    });
  return {
    attach({ port: wanted, token, paths, from = 0 }) {
      if (from === 0) answers = new Map();
      port = wanted;
      child.send({ type: 'attach', port, token, paths, from });
    },
    halfOnly: () => void child.send({ type: 'half' }),
    async untilAttached(count) {
      await until(
        () => `${attached} of ${count} wait`,
        ATTACH_DEADLINE_MS,
        () => attached === count,
      );
      // A server answers connections in turn: what it got before these it has taken.
      for (let probe = 0; probe < PROBES; probe += 1) {
        await (await fetch(`http://127.0.0.1:${port}/nothing`, { method: 'POST' })).arrayBuffer();
      }
    },
    async untilAnswered(count) {
      await until(
        () => `${answers.size} of ${count} are answered`,
        ANSWER_DEADLINE_MS,
        () => answers.size === count,
      );
      return answers;
    },
    stop: () => void child.kill('SIGTERM'),
  };
}

function waitPath(id: string): string {
  return `/api/v1/internal/escalations/${id}/wait`;
}

function residentKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}

function resolve(bench: BenchStack, id: string): Promise<unknown> {
  return bench.crewship.request('PATCH /api/v1/escalations/{escalationId}/resolve', {
    params: { escalationId: id },
    body: { resolution: 'left', action: 'approve' },
    idempotencyKey: null,
  });
}

/**
 * Attaches all clients to one path and returns what each of the last four fifths takes in the process: the first ones
 * live off what its heap had to spare.
 */
async function attachAll(
  clients: Clients,
  target: { port: number; token: string; path: string; pid: number },
): Promise<number> {
  const first = CLIENTS / 5;
  clients.attach({ ...target, paths: Array.from({ length: first }, () => target.path) });
  await clients.untilAttached(first);
  const before = residentKib(target.pid);
  clients.attach({ ...target, from: first, paths: Array.from({ length: CLIENTS - first }, () => target.path) });
  await clients.untilAttached(CLIENTS);
  return (residentKib(target.pid) - before) / (CLIENTS - first);
}

async function onOne(bench: BenchStack, crew: WaitingCrew, clients: Clients) {
  const [id] = await crew.ask(1);
  const kibibytes = await attachAll(clients, { ...crew, path: waitPath(id!), pid: bench.stack.processId('api')! });
  const sentAtMs = Date.now();
  await resolve(bench, id!);
  const answers = await clients.untilAnswered(CLIENTS);
  return { kibibytes, delaysMs: [...answers.values()].map((atMs) => atMs - sentAtMs) };
}

async function onMany(bench: BenchStack, crew: WaitingCrew, clients: Clients): Promise<number[]> {
  const ids = await crew.ask(CLIENTS);
  clients.attach({ ...crew, paths: ids.map(waitPath) });
  await clients.untilAttached(CLIENTS);
  const sentAtMs: number[] = [];
  await inParallel(ids, ANSWERING, async (id, index) => {
    sentAtMs[index] = Date.now();
    await resolve(bench, id);
  });
  const answers = await clients.untilAnswered(CLIENTS);
  return [...answers].map(([index, atMs]) => atMs - sentAtMs[index]!);
}

async function afterKill(bench: BenchStack, crew: WaitingCrew, clients: Clients): Promise<number[]> {
  const [id] = await crew.ask(1);
  clients.attach({ ...crew, paths: Array.from({ length: CLIENTS }, () => waitPath(id!)) });
  await clients.untilAttached(CLIENTS);
  clients.halfOnly();
  const pid = bench.stack.processId('api')!;
  process.kill(pid, 'SIGKILL');
  await untilRows('another API process', ATTACH_DEADLINE_MS, async () => {
    const now = bench.stack.processId('api');
    return now !== undefined && now !== pid;
  });
  await clients.untilAttached(CLIENTS / 2);
  const sentAtMs = Date.now();
  await resolve(bench, id!);
  const answers = await clients.untilAnswered(CLIENTS / 2);
  return [...answers.values()].map((atMs) => atMs - sentAtMs);
}

async function bareWake(clients: Clients, bare: LimitProcess): Promise<{ wakeMs: number; kibibytes: number }> {
  const port = Number(bare.address);
  const kibibytes = await attachAll(clients, { port, token: 'none', path: '/wait', pid: bare.pid });
  const sentAtMs = Date.now();
  await fetch(`http://127.0.0.1:${port}/wake`, { method: 'POST' });
  const answers = await clients.untilAnswered(CLIENTS);
  const delaysMs = [...answers.values()].map((atMs) => atMs - sentAtMs);
  return { wakeMs: percentile(delaysMs, 99), kibibytes };
}
