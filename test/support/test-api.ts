import { randomBytes } from 'node:crypto';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { createApp } from '../../api/app.ts';
import type { ReadinessProbe } from '../../api/health/check-readiness.ts';
import { newCliToken } from '../../api/auth/cli-token.ts';
import type { Route } from '../../api/kernel/route.ts';
import { type Database, openDatabase } from '../../db/kernel/database.ts';
import { sql } from '../../db/kernel/sql.ts';
import type { Role } from '../../domain/access/authority.ts';
import { newId } from '../../platform/ids/ids.ts';
import { createLogger } from '../../platform/logging/logger.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/** Someone who calls the API. */
export interface TestUser {
  readonly id: string;
  readonly token: string;
}

export interface TestApi {
  readonly server: FastifyInstance;
  readonly routes: readonly Route[];
  readonly database: Database;
  readonly testDatabase: TestDatabase;
  /** Calls as this token; a plain object as payload is sent as JSON. */
  call(token: string | null, options: InjectOptions): Promise<LightMyRequestResponse>;
  addUser(options?: { operator?: boolean; homeWorkspaceId?: string }): Promise<TestUser>;
  addWorkspace(): Promise<string>;
  addMember(workspaceId: string, role: Role): Promise<TestUser>;
  close(): Promise<void>;
}

/** The public API over a database of its own. */
export async function startTestApi(options: { probes?: readonly ReadinessProbe[] } = {}): Promise<TestApi> {
  const testDatabase = await createTestDatabase();
  const database = await openDatabase({
    appUrl: testDatabase.appUrl,
    systemUrl: testDatabase.systemUrl,
    writePoolSize: 6,
    readPoolSize: 4,
    systemPoolSize: 6,
    applicationName: 'crewship-test',
    onConnectionError: () => {},
  });
  const { server, routes } = await createApp({
    database,
    log: createLogger({ name: 'test', level: process.env.CREWSHIP_TEST_LOG_LEVEL ?? 'silent' }),
    probes: options.probes ?? [],
    allowSignup: false,
  });

  async function addUser(user: { operator?: boolean; homeWorkspaceId?: string } = {}): Promise<TestUser> {
    const id = newId();
    const { token, hash, prefix } = newCliToken();
    await database.systemTransaction({}, async (tx) => {
      const name = `u${randomBytes(5).toString('hex')}`;
      await tx.execute(sql`
        INSERT INTO users (id, email, username, full_name, is_instance_operator, home_workspace_id)
        VALUES (${id}, ${`${name}@example.com`}, ${name}, ${name}, ${user.operator ?? false}, ${user.homeWorkspaceId ?? null})`);
      await tx.execute(sql`
        INSERT INTO access_tokens (id, kind, name, user_id, hash, prefix)
        VALUES (${newId()}, 'cli', 'test', ${id}, ${sql.binary(hash)}, ${prefix})`);
    });
    return { id, token };
  }

  return {
    server,
    routes,
    database,
    testDatabase,
    call: (token, request) =>
      server.inject({
        ...request,
        headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...request.headers },
      }),
    addUser,
    async addWorkspace() {
      const id = newId();
      await database.systemTransaction({}, async (tx) => {
        await tx.execute(sql`
          INSERT INTO workspaces (id, name, slug) VALUES (${id}, 'Workspace', ${`w-${randomBytes(5).toString('hex')}`})`);
      });
      return id;
    },
    async addMember(workspaceId, role) {
      const user = await addUser();
      await database.systemTransaction({}, async (tx) => {
        await tx.execute(sql`
          INSERT INTO memberships (id, workspace_id, user_id, role) VALUES (${newId()}, ${workspaceId}, ${user.id}, ${role})`);
      });
      return user;
    },
    async close() {
      await server.close();
      await database.end();
      await testDatabase.drop();
    },
  };
}
