import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import { createCredential } from '../../../commands/vault/credentials/credential-commands.ts';
import { assignCredential } from '../../../commands/vault/credentials/credential-grant-commands.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import type { CredentialType, SecurityLevel } from '../../../domain/vault/credentials/credential.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { createInternalTokens } from '../../../platform/internal-tokens/internal-tokens.ts';
import { type LlmUpstream, startLlmUpstream } from '../../support/llm-upstream/llm-upstream.ts';
import { callSocket, type InternalAnswer, TEST_MASTER, untilServed } from '../../support/sidecar-api.ts';
import type { TestCrew } from '../../support/test-crew.ts';
import type { TestDatabase } from '../../support/test-database.ts';
import { createTestEngine, type TestEngine } from '../../support/test-engine.ts';

const KEEPER_SECRET = 'sk-of-the-keeper-90210-horse';
const KEEPER_INTENT = 'Push the release tag that the task asks for to the repository of the team';

/** An engine with an API whose keeper asks a model that tests speak for. */
export async function createKeeperEngine(
  options: { readonly key?: Buffer; readonly database?: TestDatabase } = {},
): Promise<{ engine: TestEngine; upstream: LlmUpstream; key: Buffer }> {
  const { key = randomBytes(32), database } = options;
  const upstream = await startLlmUpstream({ turns: [] });
  const engine = await createTestEngine({
    processes: ['api', 'control', 'docker-host'],
    ...(database === undefined ? {} : { database }),
    env: {
      CREWSHIP_OPENAI_URL: upstream.openaiUrl,
      CREWSHIP_INTERNAL_TOKEN: TEST_MASTER,
      ENCRYPTION_KEY: key.toString('hex'),
    },
  });
  return { engine, upstream, key };
}

export interface KeeperRow {
  readonly id: string;
  readonly decision: string;
  readonly execution: string | null;
  readonly output: string | null;
}

/** A crew whose lead has two secrets, DEPLOY of tier 2 and PRODUCTION of tier 4; its container runs. */
export async function openKeeperWorld(
  { engine, upstream, key }: Awaited<ReturnType<typeof createKeeperEngine>>,
  crew: TestCrew,
) {
  const ring = createKeyRing(new Map([[1, key]]));
  const { workspaceId, crewId, leadId } = crew;
  const inWorkspace = <Result>(run: (tx: Tx) => Promise<Result>) =>
    engine.db.transaction({ workspaceIds: [workspaceId] }, run);

  async function addCredential(name: string, level: SecurityLevel, type: CredentialType, value: string) {
    const shown = { description: null, tags: [], account_label: null, account_email: null, username: null };
    const { id } = await inWorkspace((tx) =>
      createCredential(
        tx,
        ring,
        workspaceId,
        {
          ...shown,
          name,
          type,
          value,
          provider: 'NONE',
          scope: 'WORKSPACE',
          security_level: level,
          token_expires_at: null,
          crew_ids: [],
          refresh_token: null,
        },
        systemActor(),
      ),
    );
    return id;
  }

  const socketPath = path.join(engine.dataDir, 'hosts', engine.stackId, 'sockets', crewId, 'api.sock');
  await untilServed(socketPath);
  const token = createInternalTokens([TEST_MASTER]).issue({ kind: 'crew', workspaceId, crewId });
  const modelKey = await addCredential('Judge key', 1, 'API_KEY', 'sk-judge');
  for (const [name, level] of [
    ['DEPLOY', 2],
    ['PRODUCTION', 4],
  ] as const) {
    const credentialId = await addCredential(name, level, 'SECRET', KEEPER_SECRET);
    const grant = { agentId: leadId, credentialId, envVarName: name, priority: 0, ttlSeconds: null };
    await inWorkspace((tx) => assignCredential(tx, { ...grant, leaseSource: 'manual' }, systemActor()));
  }
  const document = { workspaceId, kind: 'llm', key: '', version: 0, actor: systemActor() };
  const body = { default: { provider: 'openai', model: 'gpt-5-mini', credential_id: modelKey } };
  await inWorkspace((tx) => saveDocument(tx, createDocumentRegistry(z, DOCUMENT_KINDS), { ...document, body }));

  const call = (url: string, more?: object): Promise<InternalAnswer> =>
    callSocket(socketPath, {
      path: `/api/v1/internal/keeper/${url}`,
      token,
      ...(more === undefined ? {} : { body: { requesting_agent_id: leadId, intent: KEEPER_INTENT, ...more } }),
    });
  return {
    inWorkspace,
    /** What the model says to all that comes. */
    say: (decision: string) =>
      upstream.play({ turns: [], sequence: [{ text: JSON.stringify({ decision, reason: 'said', risk_score: 2 }) }] }),
    execute: (command: string, name = 'DEPLOY') => call('execute', { credential_name: name, command }),
    ask: (name = 'DEPLOY') => call('request', { credential_name: name }),
    show: (id: string) => call(`request/${id}`),
    requests: () =>
      crew.rows<KeeperRow>(sql`SELECT id, decision, execution, output FROM keeper_requests ORDER BY created_at`),
    /** Somebody who may decide. */
    async addAdmin(id: string): Promise<void> {
      await engine.db.systemTransaction({}, async (tx) => {
        await tx.execute(sql`
          INSERT INTO users (id, email, username, full_name) VALUES (${id}, ${`${id}@example.com`}, ${id}, ${id})`);
        await tx.execute(sql`
          INSERT INTO memberships (id, workspace_id, user_id, role) VALUES (${id}, ${workspaceId}, ${id}, 'ADMIN')`);
      });
    },
  };
}
export type KeeperWorld = Awaited<ReturnType<typeof openKeeperWorld>>;
