import { expect } from 'vitest';
import { z } from 'zod';
import { createKeeperJudge } from '../../../activities/vault/keeper/keeper-judge-activities.ts';
import { createLedgerWriter } from '../../../commands/group-commit/ledger-writer.ts';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import { createLlmClient } from '../../../commands/money/llm/llm-client.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import type { Credential } from '../../../domain/vault/credentials/credential.ts';
import { openRateCard } from '../../../platform/rate-card/rate-card-file.ts';
import { startLlmUpstream } from '../../support/llm-upstream/llm-upstream.ts';
import type { Turn } from '../../support/llm-upstream/script.ts';
import { type InternalAnswer, type InternalRequest, startInternal } from '../../support/sidecar-api.ts';
import { soon } from '../../support/soon.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

export const PATH = '/api/v1/internal/keeper/request';
export const INTENT = 'Read the list of open invoices of the customer, as the task asks';
export const FENCE = 'f00dfeedcafe1234';
const log = { info() {}, warn() {} };

export const said = (decision: string, risk_score = 2, reason = 'as it should be'): Turn => ({
  text: JSON.stringify({ decision, reason, risk_score }),
});

/** A crew whose lead asks the keeper for credentials; its judge is a model that tests speak for. */
export function createAskingWorld(name: string) {
  const internal = perFile(() => startInternal(name));
  const upstream = perFile(() => startLlmUpstream({ turns: [] }));
  const crew = perTest(() => internal.addCrew());
  const ledger = perFile(() => createLedgerWriter({ db: internal.api.database, log }));
  const llm = perFile(() =>
    createLlmClient({
      db: internal.api.database,
      keyRing: TEST_KEY_RING,
      ledger,
      rateCard: openRateCard({ log }),
      urls: { anthropic: upstream.anthropicUrl, openai: upstream.openaiUrl },
      allowed: [],
      firstPauseMs: 5,
    }),
  );

  const write = (query: Parameters<typeof crew.write>[0]) => crew.write(query);
  const store = (rest: object = {}) =>
    crew.owner.post<Credential>('/credentials', {
      name: 'Billing token',
      value: 'keeper-secret-value-1',
      scope: 'CREW',
      crew_ids: [crew.crewId],
      ...rest,
    });
  const grant = (credential: Credential, rest: object = {}) =>
    crew.owner.post(`/agents/${crew.lead.id}/credentials`, {
      credential_id: credential.id,
      env_var_name: 'BILLING',
      ...rest,
    });
  const ask = (body: object, request: Partial<InternalRequest> = {}) =>
    crew.call({ path: PATH, body: { requesting_agent_id: crew.lead.id, intent: INTENT, ...body }, ...request });
  const govern = (fields: Record<string, string | number | boolean>) =>
    write(sql`
      INSERT INTO keeper_governance (workspace_id, ${sql.join(
        Object.keys(fields).map((name) => sql.identifier([name])),
        sql.fragment`, `,
      )})
      VALUES (${crew.workspaceId}, ${sql.join(
        Object.values(fields).map((value) => sql.fragment`${value}`),
        sql.fragment`, `,
      )})`);
  const journal = () =>
    crew.rows<{ entry_type: string; severity: string; actor_type: string; payload: Record<string, unknown> }>(sql`
      SELECT entry_type, severity, actor_type, payload FROM journal_entries
      WHERE entry_type LIKE 'keeper.%' OR entry_type = 'credential.lease_issued' ORDER BY ts, entry_type DESC`);
  const stored = async (id: unknown) =>
    (await crew.rows<Record<string, unknown>>(sql`SELECT * FROM keeper_requests WHERE id = ${id as string}`))[0]!;

  /** Gives the workspace a model that judges. */
  async function addJudge(): Promise<void> {
    const key = await crew.owner.post<Credential>('/credentials', {
      name: 'Judge key',
      type: 'API_KEY',
      provider: 'OPENAI',
      value: 'sk-judge-key',
    });
    const body = { default: { provider: 'openai', model: 'gpt-5-mini', credential_id: key.id } };
    await internal.api.database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
      saveDocument(tx, createDocumentRegistry(z, DOCUMENT_KINDS), {
        workspaceId: crew.workspaceId,
        kind: 'llm',
        key: '',
        body,
        version: 0,
        actor: systemActor(),
      }),
    );
  }

  const pending = () =>
    soon(async () => {
      const rows = await crew.rows<{ id: string; generation: number }>(
        sql`SELECT id, generation FROM keeper_requests WHERE decision = 'PENDING'`,
      );
      expect(rows).toHaveLength(1);
      return rows[0]!;
    });

  /** Lets the model say this to the request that waits, as its workflow would. */
  async function judged(asking: Promise<InternalAnswer>, ...turns: Turn[]): Promise<InternalAnswer> {
    upstream.play({ turns: [], sequence: turns });
    const row = await pending();
    const judge = createKeeperJudge({ db: internal.api.database, llm, fence: () => FENCE });
    await judge({ workspaceId: crew.workspaceId, ...row });
    await internal.deliverWakes();
    return asking;
  }

  return {
    internal,
    upstream,
    crew,
    llm,
    write,
    store,
    grant,
    ask,
    govern,
    journal,
    stored,
    addJudge,
    pending,
    judged,
  };
}
