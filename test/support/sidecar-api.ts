import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { WakeTopic } from '../../domain/kernel/outbox/outbox-command.ts';
import type { OpeningLimits } from '../../commands/engine/runs/count-opening.ts';
import type { EgressSettings } from '../../api/crew-side/egress/egress.ts';
import type { Resolve } from '../../platform/guarded-http/public-addresses.ts';
import { type InternalRole, startInternalRole } from '../../api/internal-role.ts';
import type { ThisHost } from '../../api/crews/crew-files/crew-directory.ts';
import type { Route } from '../../api/http/kernel/route.ts';
import { sql } from '../../db/kernel/sql.ts';
import { createWakeBus, type WakeBus } from '../../platform/bus/wake-bus.ts';
import { createInternalTokens, type InternalTokens } from '../../platform/internal-tokens/internal-tokens.ts';
import { createLogger } from '../../platform/logging/logger.ts';
import { startTestRedis } from '../platform/bus/test-redis.ts';
import { addCrew, addMission, type ApiCrew, startApiWithHost } from './mission-crew.ts';
import type { TestApi } from './test-api.ts';
import { TEST_KEY_RING } from './test-key-ring.ts';

export const TEST_MASTER = 'internal-test-master-'.padEnd(40, 'x');

/** An address of this machine from which the network listener believes `X-Forwarded-For`. */
export const TEST_PROXY = '127.0.0.2';

export interface InternalAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

export interface InternalRequest {
  readonly method?: string;
  readonly path: string;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, as if it were JSON. */
  readonly text?: string;
  readonly signal?: AbortSignal;
}

/** Where a request goes: a crew's socket, or the network listener's port, from this address. */
export type InternalTarget =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly localAddress?: string };

/** One request over a crew's socket, on a connection of its own. */
export function callSocket(socketPath: string, request: InternalRequest): Promise<InternalAnswer> {
  return callInternal({ socketPath }, request);
}

/** One request on a connection of its own. */
export function callInternal(target: InternalTarget, request: InternalRequest): Promise<InternalAnswer> {
  const body = request.text ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  return new Promise((resolve, reject) => {
    const sent = http.request(
      {
        ...target,
        agent: false,
        method: request.method ?? (body === undefined ? 'GET' : 'POST'),
        path: request.path,
        ...(request.signal === undefined ? {} : { signal: request.signal }),
        headers: {
          ...(request.token == null ? {} : { 'x-internal-token': request.token }),
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...request.headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
          });
        });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

export interface InternalFixture {
  readonly api: TestApi;
  readonly redisUrl: string;
  readonly namespace: string;
  readonly bus: WakeBus;
  readonly tokens: InternalTokens;
  readonly socketsDir: string;
  readonly host: ThisHost;
  readonly role: InternalRole;
  /** What the role serves, to walk over. */
  readonly routes: readonly Route[];
  /** A crew with its socket directory, and a mission whose chat its agents ask in. */
  addCrew(beside?: ApiCrew): Promise<InternalCrew>;
  /** Publishes the wakes that commits have left, as the relay does. */
  deliverWakes(): Promise<number>;
  close(): Promise<void>;
}

export interface InternalCrew extends ApiCrew {
  readonly missionId: string;
  readonly socketPath: string;
  readonly token: string;
  call(request: InternalRequest): Promise<InternalAnswer>;
  /** Makes a row by a POST below `/api/v1/internal/`. */
  make(url: string, body: object): Promise<Record<string, string>>;
  /** What an attempt of an agent calls with; default: the lead. */
  runToken(runId: string, agentId?: string): string;
  runHeaders(runId: string, agentId?: string): { readonly 'x-run-token': string };
  /** Opens a question and returns its id. */
  ask(): Promise<string>;
  wait(id: string, options?: { signal?: AbortSignal; query?: string }): Promise<InternalAnswer>;
}

/** The public API and the internal role over real Postgres, Redis and sockets. */
export async function startInternal(
  purpose: string,
  options: {
    egress?: Partial<EgressSettings>;
    resolve?: Resolve;
    openingLimits?: OpeningLimits;
    rateCardFile?: string;
    maxWaitingRuns?: number;
    maxWaiters?: number;
  } = {},
): Promise<InternalFixture> {
  const redis = await startTestRedis(purpose);
  const api = await startApiWithHost();
  const namespace = randomUUID();
  const log = createLogger({ name: 'test', level: process.env.CREWSHIP_TEST_LOG_LEVEL ?? 'silent' });
  const bus = createWakeBus({ redisUrl: redis.redisUrl, namespace, log });
  const tokens = createInternalTokens([TEST_MASTER]);
  // Short enough a path to connect to sockets in it.
  const socketsDir = await mkdtemp(path.join(os.tmpdir(), 'cs-'));
  const host = { id: 'test-host', crewsDir: path.join(socketsDir, '..', `${path.basename(socketsDir)}-crews`) };
  const role = await startInternalRole({
    database: api.database,
    keyRing: TEST_KEY_RING,
    bus,
    tokens,
    socketsDir,
    host,
    maxWaiters: options.maxWaiters ?? 5_000,
    maxWaitingRuns: options.maxWaitingRuns ?? 1_000,
    openingLimits: options.openingLimits ?? {
      questions: 1_000,
      requests: 1_000,
      issues: 1_000,
      missions: 1_000,
      messages: 1_000,
    },
    network: { host: '127.0.0.1', port: 0, allowAny: false, trustedProxies: [TEST_PROXY] },
    egress: {
      ports: [80, 443],
      allowPrivate: [],
      providerUrls: { anthropic: 'http://127.0.0.1:1', openai: 'http://127.0.0.1:1/v1' },
      ...options.egress,
    },
    ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
    rateCardFile: options.rateCardFile,
    log,
  });

  async function addInternalCrew(beside?: ApiCrew): Promise<InternalCrew> {
    const crew = await addCrew(api, beside);
    const { id: missionId } = await addMission(crew);
    await mkdir(path.join(socketsDir, crew.crewId), { mode: 0o750 });
    await mkdir(path.join(host.crewsDir, crew.crewId, 'crew'), { recursive: true });
    const socketPath = path.join(socketsDir, crew.crewId, 'api.sock');
    const token = tokens.issue({ kind: 'crew', workspaceId: crew.workspaceId, crewId: crew.crewId });
    const call = (request: InternalRequest) => callSocket(socketPath, { token, ...request });
    async function make(url: string, body: object): Promise<Record<string, string>> {
      const answer = await call({ path: `/api/v1/internal/${url}`, body });
      if (answer.status !== 201) throw new Error(`${url}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body as Record<string, string>;
    }
    const runToken = (runId: string, agentId = crew.lead.id) =>
      tokens.issue({ kind: 'run', workspaceId: crew.workspaceId, crewId: crew.crewId, agentId, runId });
    await untilServed(socketPath);
    return {
      ...crew,
      missionId,
      socketPath,
      token,
      call,
      make,
      runToken,
      runHeaders: (runId, agentId) => ({ 'x-run-token': runToken(runId, agentId) }),
      async ask() {
        const body = { from_slug: crew.lead.slug, reason: 'Which way?', chat_id: missionId };
        return (await make('escalations', body)).escalation_id!;
      },
      wait: (id, wait = {}) =>
        call({
          path: `/api/v1/internal/escalations/${id}/wait${wait.query ?? ''}`,
          ...(wait.signal === undefined ? {} : { signal: wait.signal }),
        }),
    };
  }

  return {
    api,
    redisUrl: redis.redisUrl,
    namespace,
    bus,
    tokens,
    socketsDir,
    host,
    role,
    routes: role.routes,
    addCrew: addInternalCrew,
    async deliverWakes() {
      const wakes = await api.database.systemTransaction({}, (tx) =>
        tx.any<{ workspace_id: string; target: string }>(
          sql`DELETE FROM outbox WHERE kind = 'wake' RETURNING workspace_id, target`,
        ),
      );
      for (const { workspace_id: workspaceId, target } of wakes) {
        const [topic, id] = target.split(':') as [WakeTopic, string];
        await bus.publish({ topic, id, workspaceId });
      }
      return wakes.length;
    },
    async close() {
      await role.close();
      await bus.close();
      await api.close();
      await redis.stop();
      await rm(socketsDir, { recursive: true, force: true });
      await rm(host.crewsDir, { recursive: true, force: true });
    },
  };
}

/** Resolves when the socket answers; its opening follows the directory's. */
export async function untilServed(socketPath: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      await callSocket(socketPath, { path: '/' });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
