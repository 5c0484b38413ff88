import type { FirstUserPolicy } from '../../api/people/identity/bootstrap-routes.ts';
import { expect } from 'vitest';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { z } from 'zod';
import { createApp } from '../../api/app.ts';
import type { QueueStats } from '../../api/instance/admin/queue-stats-routes.ts';
import type { ReadinessProbe } from '../../api/instance/health/check-readiness.ts';
import { newCliToken } from '../../api/http/auth/cli-token.ts';
import type { PortsHost } from '../../api/crews/ports/exposed-gateway.ts';
import type { Route } from '../../api/http/kernel/route.ts';
import type { ProvisionLimiter } from '../../api/crews/provisioning/provision-limiter.ts';
import { NO_REQUEST_LIMIT, type RequestLimiter } from '../../api/http/limits/request-limiter.ts';
import type { AttemptLimiter } from '../../api/http/limits/attempt-limiter.ts';
import { type Database, openDatabase } from '../../db/kernel/database.ts';
import type { ReadPool } from '../../db/kernel/read-pool.ts';
import { sql } from '../../db/kernel/sql.ts';
import type { LlmClient } from '../../commands/money/llm/llm-client.ts';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { CredentialTester } from '../../commands/vault/credentials/credential-tester.ts';
import { effectsWith } from '../../commands/effects.ts';
import { type License, UNLIMITED as NO_LICENSE } from '../../domain/instance/license/license.ts';
import { createSession } from '../../commands/people/identity/session-commands.ts';
import { type Role, systemActor } from '../../domain/kernel/access/authority.ts';
import { createJobRegistry, type JobRegistry } from '../../domain/work/jobs/job-registry.ts';
import { JOB_KINDS } from '../../domain/work/jobs/job-kinds.ts';
import type { CodeHosts } from '../../platform/code-hosts/code-hosts.ts';
import { createDiskStore } from '../../platform/blob-store/disk-store.ts';
import type { Presence } from '../../platform/presence/presence.ts';
import { openRateCard } from '../../platform/rate-card/rate-card-file.ts';
import { newId } from '../../platform/ids/ids.ts';
import {
  createProvisioningCatalogs,
  type ProvisioningCatalogs,
} from '../../api/crews/provisioning/provisioning-catalogs.ts';
import type { RealtimeTimings } from '../../api/http/streams/realtime.ts';
import type { OutboundPlace } from '../../platform/guarded-http/guarded-dispatcher.ts';
import type { WakeBus } from '../../platform/bus/wake-bus.ts';
import { createLogger } from '../../platform/logging/logger.ts';
import { witnessLocks } from './lock-witness.ts';
import { connectOwner, createTestDatabase, type TestDatabase, testPools } from './test-database.ts';
import { TEST_KEY_RING } from './test-key-ring.ts';
import { type Caller, createCaller } from './world/caller.ts';

/** Someone who calls the API. */
export interface TestUser extends Caller {
  readonly id: string;
  readonly token: string;
}

/** Someone who owns a workspace that holds nothing else. */
export interface TestOwner extends TestUser {
  readonly workspaceId: string;
}

/** A session with what a browser keeps of it: `name=value` of its cookies. */
export interface TestSession {
  readonly id: string;
  readonly access: string;
  /** The access token that a program has of it. */
  readonly jwt: string;
  readonly refresh: string;
}

export interface TestApi {
  readonly server: FastifyInstance;
  readonly routes: readonly Route[];
  readonly database: Database;
  readonly testDatabase: TestDatabase;
  /** Where its contents are kept, for another process of the same instance. */
  readonly blobsDir: string;
  /** Calls as this token; a plain object as payload is sent as JSON. */
  call(token: string | null, options: InjectOptions): Promise<LightMyRequestResponse>;
  /** Begins a session of somebody, as a browser has it. */
  signIn(userId: string): Promise<TestSession>;
  addUser(options?: { operator?: boolean; homeWorkspaceId?: string }): Promise<TestUser>;
  addWorkspace(): Promise<string>;
  /** A workspace of its own with its owner. */
  addOwner(): Promise<TestOwner>;
  addMember(workspaceId: string, role: Role): Promise<TestUser>;
  joinWorkspace(workspaceId: string, userId: string, role?: Role): Promise<void>;
  removeMember(workspaceId: string, userId: string): Promise<void>;
  close(): Promise<void>;
}

/** The key of all test APIs: several over one database are one instance. */
const SOCKET_TOKEN_KEY = randomBytes(32);
/** For tests that no announcement matters to. */
const SILENT_BUS = { subscribe: async () => {} };
/** For tests that reach into no container. */
const NO_HOST: PortsHost = { hostId: 'no-host', socketsDir: '/nonexistent', tokens: { portsKeys: () => [] } };
/** For tests in which nobody is asked about keys. */
const NO_TESTER: Pick<CredentialTester, 'test'> = {
  test: async () => ({ supported: false, valid: null, status: null, error: null }),
};
/** For tests that link no code. */
const NO_CODE_HOSTS: Pick<CodeHosts, 'knows' | 'ask'> = {
  knows: () => false,
  ask: async () => ({ kind: 'failed', error: 'provider_unavailable' }),
};
/** For tests in which no model is configured. */
const NO_MODEL: Pick<LlmClient, 'completeObject'> = {
  async completeObject() {
    throw new CrewshipError('llm_not_configured', 'no model is configured');
  },
};
/** For tests that are wrong on purpose more often than people are. */
const UNLIMITED: AttemptLimiter = { count: async () => {}, refuseIfOver() {} };

/** For tests in which nobody asks who is there. */
const NOBODY: Presence = { enter: () => () => {}, list: async () => [], close() {} };

/** The public API over a database of its own, or another process's worth of it over a given one. */
export async function startTestApi(
  options: {
    probes?: readonly ReadinessProbe[];
    over?: TestDatabase;
    bus?: Pick<WakeBus, 'subscribe'>;
    catalogs?: ProvisioningCatalogs;
    maxLiveClients?: number;
    attempts?: AttemptLimiter;
    presence?: Presence;
    provisions?: ProvisionLimiter;
    provisionsAtOnce?: number;
    credentialTester?: Pick<CredentialTester, 'test'>;
    codeHosts?: Pick<CodeHosts, 'knows' | 'ask'>;
    llm?: Pick<LlmClient, 'completeObject'>;
    requests?: RequestLimiter;
    maxRequestsUnderWay?: number;
    allowedOrigins?: readonly string[];
    trustedProxies?: readonly string[];
    realtimeTimings?: Partial<RealtimeTimings>;
    portsHost?: PortsHost;
    license?: Partial<License>;
    publicUrl?: string;
    allowSignup?: boolean;
    sendsMail?: boolean;
    adminTokenKey?: string;
    jobKinds?: JobRegistry;
    firstUser?: FirstUserPolicy;
    /** What the API's reads are made of in its place. */
    reads?: (reads: ReadPool) => ReadPool;
    outboundAllowed?: readonly OutboundPlace[];
    queueStats?: QueueStats;
  } = {},
): Promise<TestApi> {
  const testDatabase = options.over ?? (await createTestDatabase());
  const license = { ...NO_LICENSE, ...options.license };
  const pools = { ...testPools(testDatabase, { systemPoolSize: 6 }), effects: effectsWith(license) };
  const locks = witnessLocks(await openDatabase(pools));
  const database = options.reads === undefined ? locks.db : { ...locks.db, reads: options.reads(locks.db.reads) };
  const log = createLogger({ name: 'test', level: process.env.CREWSHIP_TEST_LOG_LEVEL ?? 'silent' });
  const blobsDir = await mkdtemp(path.join(os.tmpdir(), 'crewship-api-blobs-'));
  const { server, routes, authentication } = await createApp({
    database,
    keyRing: TEST_KEY_RING,
    log,
    probes: options.probes ?? [],
    license,
    build: { version: 'test', commit: null, time: null },
    posture: {
      production: false,
      publicUrl: null,
      signupOpen: false,
      internalOpenToAny: false,
      egressToPrivateNetworks: false,
      trustedProxies: [],
    },
    firstUser: options.firstUser ?? { isOpen: false, setupToken: null },
    allowSignup: options.allowSignup ?? false,
    sendsMail: options.sendsMail ?? false,
    ...(options.adminTokenKey === undefined ? {} : { adminTokenKey: options.adminTokenKey }),
    attempts: options.attempts ?? UNLIMITED,
    presence: options.presence ?? NOBODY,
    requests: options.requests ?? NO_REQUEST_LIMIT,
    maxRequestsUnderWay: options.maxRequestsUnderWay ?? 1_000,
    slowRequestMs: 1_000,
    trustedProxies: options.trustedProxies ?? [],
    outboundAllowed: options.outboundAllowed ?? [],
    credentialTester: options.credentialTester ?? NO_TESTER,
    codeHosts: options.codeHosts ?? NO_CODE_HOSTS,
    llm: options.llm ?? NO_MODEL,
    catalogs: options.catalogs ?? createProvisioningCatalogs({ featuresUrl: '', runtimesUrl: '', log }),
    images: { settings: { miseAliases: {}, mirrors: {} }, concurrent: options.provisionsAtOnce ?? 32 },
    provisions: options.provisions ?? { async countStart() {} },
    jobKinds: options.jobKinds ?? createJobRegistry(z, JOB_KINDS),
    queueStats: options.queueStats ?? {
      queues: { read: async () => null },
      workflows: { countRunning: async () => null },
    },
    logLevel: 'info',
    blobs: { store: createDiskStore({ directory: blobsDir }), quotaBytes: 1e9 },
    rateCard: openRateCard({ log: { info() {}, warn() {} } }),
    bus: options.bus ?? SILENT_BUS,
    socketTokenKey: SOCKET_TOKEN_KEY,
    origins: { allowedOrigins: options.allowedOrigins ?? [], allowLocalhost: false },
    portsHost: options.portsHost ?? NO_HOST,
    maxLiveClients: options.maxLiveClients ?? 500,
    realtimeTimings: options.realtimeTimings ?? {},
    ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
  });

  async function addUser(user: { operator?: boolean; homeWorkspaceId?: string } = {}): Promise<TestUser> {
    const id = newId();
    const { token, hash, prefix } = newCliToken();
    await database.systemTransaction({}, async (tx) => {
      const name = `u${randomBytes(5).toString('hex')}`;
      await tx.execute(sql`
        INSERT INTO users (id, email, username, full_name, is_instance_operator, home_workspace_id)
        VALUES (${id}, ${`${name}@example.com`}, ${name}, ${name}, ${user.operator ?? false},
          ${user.homeWorkspaceId ?? null})`);
      await tx.execute(sql`
        INSERT INTO access_tokens (id, kind, name, user_id, hash, prefix)
        VALUES (${newId()}, 'cli', 'test', ${id}, ${sql.binary(hash)}, ${prefix})`);
    });
    return { id, token, ...createCaller((request) => call(token, request)) };
  }

  async function joinWorkspace(workspaceId: string, userId: string, role: Role = 'VIEWER'): Promise<void> {
    await database.systemTransaction({}, async (tx) => {
      await tx.execute(sql`
        INSERT INTO memberships (id, workspace_id, user_id, role)
          VALUES (${newId()}, ${workspaceId}, ${userId}, ${role})`);
    });
  }

  async function addMember(workspaceId: string, role: Role): Promise<TestUser> {
    const user = await addUser();
    await joinWorkspace(workspaceId, user.id, role);
    return user;
  }

  async function addWorkspace(): Promise<string> {
    const id = newId();
    await database.systemTransaction({}, async (tx) => {
      await tx.execute(sql`
        INSERT INTO workspaces (id, name, slug) VALUES (${id}, 'Workspace', ${`w-${randomBytes(5).toString('hex')}`})`);
    });
    return id;
  }

  async function signIn(userId: string): Promise<TestSession> {
    const session = await database.systemTransaction({}, (tx) =>
      createSession(
        tx,
        {
          userId,
          method: 'password',
          defaultWorkspaceId: null,
          refreshGraceSeconds: 60,
          userAgent: 'test',
          address: null,
        },
        systemActor(),
      ),
    );
    const user = { id: userId, email: 'somebody@example.com', fullName: 'Somebody' };
    const isSecure = options.publicUrl?.startsWith('https:') === true;
    const written = await authentication.sessionCookies.of({ ...session, user }, isSecure);
    const [access, refresh] = written.map((cookie) => cookie.split(';', 1)[0]!);
    const jwt = await authentication.accessTokens.issue({ userId, sessionId: session.id, workspaceId: null });
    return { id: session.id, access: access!, jwt, refresh: refresh! };
  }

  async function call(token: string | null, request: InjectOptions): Promise<LightMyRequestResponse> {
    const response = await server.inject({
      ...request,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...request.headers },
      payloadAsStream: true,
    });
    const body = response.stream();
    const chunks: Buffer[] = [];
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      // It would go on for ever: that it has begun is all there is to see here.
      if (response.headers['content-type']?.toString().startsWith('text/event-stream')) break;
    }
    const rawPayload = Buffer.concat(chunks);
    const text = rawPayload.toString();
    const json = <Body>() => JSON.parse(text) as Body;
    return Object.assign(response, { rawPayload, payload: text, body: text, json });
  }

  return {
    server,
    routes,
    database,
    testDatabase,
    blobsDir,
    call,
    signIn,
    addUser,
    addWorkspace,
    addMember,
    async addOwner() {
      const workspaceId = await addWorkspace();
      return { ...(await addMember(workspaceId, 'OWNER')), workspaceId };
    },
    joinWorkspace,
    async removeMember(workspaceId, userId) {
      const login = await connectOwner(testDatabase);
      await login.query('DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2', [workspaceId, userId]);
      await login.close();
    },
    async close() {
      await server.close();
      await rm(blobsDir, { recursive: true, force: true });
      await database.end();
      if (options.over === undefined) await testDatabase.drop();
      expect(locks.violations()).toEqual([]);
    },
  };
}
