import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { createCredential } from '../../../commands/vault/credentials/credential-commands.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { createBudget } from '../../../commands/money/ledger/budget-commands.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { AGENT_CLIS, AGENT_CLIS_MISSING, agentCliTests } from '../../support/agent-clis.ts';
import { type LlmUpstream, startLlmUpstream } from '../../support/llm-upstream/llm-upstream.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestCrew,
} from '../../support/test-crew.ts';
import { createTestEngine, type TestEngine } from '../../support/test-engine.ts';
import { isSettledView, type MissionView, readMission } from '../../support/mission-view.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';
import { DEFAULT_USAGE } from '../../support/llm-upstream/script.ts';
import { ANSWER, CASES } from './agent-cases.ts';

/**
 * opencode uses six seconds of a core before its first call of a model, and other tests share the cores: neither the
 * agents' own time nor that of a test may be what ends it here.
 */
const AGENT_TIMEOUT_SECONDS = 240;
const TOOL_TIMEOUT_MS = 300_000;
const SECRET = 'sk-held-by-the-host-alone-5519';
const TOOLS = ['claude', 'opencode'] as const;

let engine: TestEngine;
let crew: TestCrew;
let upstream: LlmUpstream;
const key = randomBytes(32);

/** The whole engine with the real tools: `claude` and `opencode` are agents of one crew, which has no network. */
beforeAll(async () => {
  if (DOCKER_MISSING !== undefined || AGENT_CLIS_MISSING !== undefined) return;
  upstream = await startLlmUpstream({ turns: [] });
  engine = await createTestEngine({
    processes: ['api', 'control', 'docker-host'],
    env: {
      ENCRYPTION_KEY: key.toString('hex'),
      CREWSHIP_ANTHROPIC_URL: upstream.anthropicUrl,
      CREWSHIP_OPENAI_URL: upstream.openaiUrl,
      CREWSHIP_CLAUDE_CODE_PATH: AGENT_CLIS.claude,
      CREWSHIP_OPENCODE_PATH: AGENT_CLIS.opencode,
    },
  });
  crew = await createTestCrew(engine.db, {
    agents: { claude: ['-'], opencode: ['-'] },
    timeoutSeconds: AGENT_TIMEOUT_SECONDS,
  });
  await change(sql`UPDATE crews SET container_memory_mb = 3072 WHERE id = ${crew.crewId}`);
  for (const [slug, adapter] of [
    ['claude', 'CLAUDE_CODE'],
    ['opencode', 'OPENCODE'],
  ] as const) {
    await change(sql`
      UPDATE agents SET cli_adapter = ${adapter}, command = NULL, llm_model = 'claude-opus-4-7'
      WHERE id = ${crew.agents[slug]!}`);
  }
});
afterAll(async () => {
  await engine?.close();
  await upstream?.close();
});
beforeEach(() => change(sql`UPDATE agents SET consecutive_failures = 0, circuit_opened_at = NULL`));

function change(statement: Parameters<TestEngine['db']['reads']['any']>[1]): Promise<number> {
  return crew.write(statement);
}

async function finished(tasks: Parameters<typeof createTestMission>[2]): Promise<MissionView> {
  const { missionId } = await createTestMission(engine.db, crew, tasks);
  await startTestMission(engine.db, crew, missionId);
  const view = () => readMission(engine.db, crew.workspaceId, missionId);
  await eventually(view, isSettledView, TOOL_TIMEOUT_MS);
  // A mission that fails ends its other runs; they are settled by their host.
  return eventually(view, ({ runs }) => runs.every((run) => run.status !== 'RUNNING'), TOOL_TIMEOUT_MS);
}

async function inside(script: string, input?: string): Promise<string> {
  const [row] = await crew.rows<{ container_id: string }>(
    sql`SELECT container_id FROM crews WHERE id = ${crew.crewId}`,
  );
  const { exitCode, stdout, stderr } = await engine.docker.runExec(
    { containerId: row!.container_id, argv: ['/bin/sh', '-c', script], user: '1001:1001', stdin: input !== undefined },
    { timeoutMs: 20_000, ...(input === undefined ? {} : { input }) },
  );
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return stdout;
}

async function errorOf(mission: MissionView): Promise<string> {
  const [row] = await crew.rows<{ error_message: string }>(
    sql`SELECT error_message FROM runs WHERE id = ${mission.runs[0]!.id}`,
  );
  return row!.error_message;
}

agentCliTests(
  TOOLS,
  (slug) =>
    `${slug} starts in the hardened container, finds no credential and its run fails with what the sidecar says`,
  async (slug) => {
    const mission = await finished({ only: { agent: slug } });
    expect(mission.runs).toMatchObject([{ status: 'FAILED', error_code: 'agent_error' }]);
    expect(await errorOf(mission)).toContain('no working anthropic credential is given to this crew');
  },
  TOOL_TIMEOUT_MS,
);

async function storeKey(provider: string): Promise<void> {
  const fields = {
    provider,
    scope: 'WORKSPACE',
    security_level: 1,
    description: null,
    tags: [],
    crew_ids: [],
  } as const;
  const about = { account_label: null, account_email: null, username: null, token_expires_at: null } as const;
  const credential = {
    ...fields,
    ...about,
    name: provider,
    type: 'API_KEY',
    value: SECRET,
    refresh_token: null,
  } as const;
  await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await createCredential(tx, createKeyRing(new Map([[1, key]])), crew.workspaceId, credential, orchestratorActor());
  });
}

/** Every environment that an agent can read in its container, once its tool has asked a model. */
async function environments(asked: number): Promise<string> {
  await eventually(
    () => Promise.resolve(upstream.requests.length),
    (count) => count > asked,
    TOOL_TIMEOUT_MS,
  );
  return inside("cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'");
}

interface Recorded {
  readonly provider: string;
  readonly model: string;
  readonly tokens: readonly number[];
  readonly cost_confidence: string;
}

const OPENAI_THROUGH_SIDECAR = {
  provider: {
    chat: {
      npm: '@ai-sdk/openai-compatible',
      options: {
        baseURL: 'http://127.0.0.1:9119/llm/openai/v1',
        apiKey: 'no-secret',
        headers: { 'X-Run-Token': '{env:CREWSHIP_RUN_TOKEN}' },
      },
      models: { 'o3-pro': {} },
    },
  },
};

const CALLS = {
  'claude with Anthropic messages': {
    slug: 'claude',
    tool: 'claude-2.1.330',
    provider: 'anthropic',
    model: 'claude-opus-4-7',
  },
  'opencode with Anthropic messages': {
    slug: 'opencode',
    tool: 'opencode-1.18.33',
    provider: 'anthropic',
    model: 'claude-opus-4-7',
  },
  'opencode with OpenAI chat completions': {
    slug: 'opencode',
    tool: 'opencode-1.18.33',
    provider: 'openai',
    model: 'o3-pro',
  },
} as const;

agentCliTests(
  Object.keys(CALLS) as (keyof typeof CALLS)[],
  (title) => `${title}: a task without network and key, through sidecar and host: file, result, ledger and entries`,
  async (title) => {
    const { slug, tool, provider, model } = CALLS[title];
    if (provider === 'openai') {
      await inside('cat > /workspace/opencode.json', JSON.stringify(OPENAI_THROUGH_SIDECAR));
      await change(sql`UPDATE agents SET llm_model = ${`chat/${model}`} WHERE id = ${crew.agents[slug]!}`);
    }
    await storeKey(provider).catch(() => {});
    await inside('rm -f /workspace/notes.md');
    const script = CASES.success!(tool);
    upstream.play(script);
    const asked = upstream.requests.length;
    const [mission, environ] = await Promise.all([finished({ note: { agent: slug } }), environments(asked)]);
    expect(mission).toMatchObject({
      status: 'REVIEW',
      tasks: [{ status: 'COMPLETED', result_summary: ANSWER.split('\n')[0] }],
      runs: [{ status: 'COMPLETED' }],
    });
    await inside(`test "$(cat /workspace/notes.md)" = 'Grüße aus der Werkstatt ✓'`);
    expect(environ).toContain('CREWSHIP_RUN_TOKEN=runv1.');
    expect(environ).not.toContain(SECRET);
    expect(environ).not.toContain('crwv1.');

    const requests = upstream.requests.slice(asked);
    expect(new Set(requests.map(({ headers }) => headers['x-api-key'] ?? headers.authorization))).toEqual(
      new Set([provider === 'openai' ? `Bearer ${SECRET}` : SECRET]),
    );
    expect(requests.filter(({ stream, hasTools }) => stream && hasTools)).toHaveLength(script.turns.length);
    const runId = mission.runs[0]!.id;
    const rows = await eventually(
      () =>
        crew.rows<Recorded>(sql`
            SELECT provider, model, cost_confidence,
              jsonb_build_array(input_tokens, output_tokens, cached_input_tokens, cache_creation_tokens) AS tokens
            FROM cost_ledger WHERE run_id = ${runId} ORDER BY ts, id`),
      (found) => found.length === requests.length,
    );
    const ofTurns = script.turns.map((turn) => {
      const usage = { ...DEFAULT_USAGE, ...('usage' in turn ? turn.usage : {}) };
      const written = provider === 'openai' ? 0 : usage.cacheCreationTokens;
      return { provider, model, tokens: [usage.inputTokens, usage.outputTokens, usage.cachedInputTokens, written] };
    });
    for (const row of ofTurns) expect(rows).toContainEqual({ ...row, cost_confidence: 'precise' });
    const [totals] = await crew.rows<{ run: number; task: number; confidence: number; handoff: unknown }>(sql`
        SELECT r.token_count AS run, t.token_count AS task, t.confidence, t.handoff_context AS handoff
        FROM runs r JOIN tasks t ON t.id = r.task_id WHERE r.id = ${runId}`);
    // The ledger is the truth: all calls of the run, those that the tool does on the side included.
    const tokens = rows.flatMap((row) => row.tokens).reduce((sum, count) => sum + count, 0);
    expect(totals).toEqual({
      run: tokens,
      task: tokens,
      confidence: 0.85,
      handoff: { files: ['/workspace/notes.md'] },
    });
    const entries = await crew.rows<{ entry_type: string; count: number }>(sql`
        SELECT entry_type, count(*) AS count FROM journal_entries WHERE trace_id = ${runId}
          AND entry_type IN ('exec.command', 'file.written', 'llm.call')
        GROUP BY 1 ORDER BY 1`);
    expect(entries).toEqual([
      { entry_type: 'exec.command', count: 1 },
      { entry_type: 'file.written', count: 1 },
      { entry_type: 'llm.call', count: requests.length },
    ]);
  },
  TOOL_TIMEOUT_MS,
);

agentCliTests(
  TOOLS,
  (slug) => `${slug} that has used up its budget says so in its own words`,
  async (slug) => {
    await change(sql`UPDATE agents SET llm_model = 'claude-opus-4-7' WHERE id = ${crew.agents[slug]!}`);
    const scope = { scopeKind: 'agent', scopeId: crew.agents[slug]!, workspaceId: crew.workspaceId } as const;
    await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
      createBudget(
        tx,
        { ...scope, window: 'day', unit: 'usd', limit: 10, mode: 'hard', enabled: true },
        orchestratorActor(),
      ),
    );
    const asked = upstream.requests.length;
    const mission = await finished({ only: { agent: slug } });
    expect(mission.runs).toMatchObject([{ status: 'FAILED', error_code: 'agent_error' }]);
    expect(await errorOf(mission)).toContain('the agent’s budget a day has no room for this call');
    expect(upstream.requests).toHaveLength(asked);
  },
  TOOL_TIMEOUT_MS,
);
