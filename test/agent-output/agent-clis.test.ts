import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
import { AGENT_CLIS, AGENT_CLIS_MISSING, agentCliTests } from '../support/agent-clis.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestCrew,
} from '../support/test-crew.ts';
import { createTestEngine, type TestEngine } from '../support/test-engine.ts';
import { isSettledView, type MissionView, readMission } from '../support/mission-view.ts';
import { DOCKER_MISSING } from '../support/test-services.ts';
import { ANSWER, CASES } from './agent-cases.ts';
import { serveUpstream, UPSTREAM_DIR } from './agent-in-crew.ts';

const UPSTREAM_PORT = 9_300;
/**
 * opencode uses six seconds of a core before its first call of a model, and other tests share the cores: neither the
 * agents' own time nor that of a test may be what ends it here.
 */
const AGENT_TIMEOUT_SECONDS = 240;
const TOOL_TIMEOUT_MS = 300_000;

let engine: TestEngine;
let crew: TestCrew;

/** The whole engine with the real tools: `claude` and `opencode` are agents of one crew. */
beforeAll(async () => {
  if (DOCKER_MISSING !== undefined || AGENT_CLIS_MISSING !== undefined) return;
  engine = await createTestEngine({
    processes: ['control', 'docker-host'],
    env: {
      CREWSHIP_TOOLS_DIR: UPSTREAM_DIR,
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
      UPDATE agents SET cli_adapter = ${adapter}, command = NULL, llm_model = 'claude-sonnet-4-5'
      WHERE id = ${crew.agents[slug]!}`);
  }
});
afterAll(() => engine?.close());

function change(statement: Parameters<TestEngine['db']['reads']['any']>[1]): Promise<number> {
  return engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) => tx.execute(statement));
}

async function finished(tasks: Parameters<typeof createTestMission>[2]): Promise<MissionView> {
  const { missionId } = await createTestMission(engine.db, crew, tasks);
  await startTestMission(engine.db, crew, missionId);
  const view = () => readMission(engine.db, crew.workspaceId, missionId);
  await eventually(view, isSettledView, TOOL_TIMEOUT_MS);
  // A mission that fails ends its other runs; they are settled by their host.
  return eventually(view, ({ runs }) => runs.every((run) => run.status !== 'RUNNING'), TOOL_TIMEOUT_MS);
}

async function inside(script: string, input?: string): Promise<void> {
  const [row] = await engine.db.reads.any<{ container_id: string }>(
    [crew.workspaceId],
    sql`SELECT container_id FROM crews WHERE id = ${crew.crewId}`,
  );
  const { exitCode, stderr } = await engine.docker.runExec(
    { containerId: row!.container_id, argv: ['/bin/sh', '-c', script], user: '1001:1001', stdin: input !== undefined },
    { timeoutMs: 20_000, ...(input === undefined ? {} : { input }) },
  );
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
}

agentCliTests(
  ['claude', 'opencode'],
  (slug) => `${slug} starts in the hardened container, finds no provider and its run fails with what the tool says`,
  async (slug) => {
    const mission = await finished({ only: { agent: slug } });
    expect(mission.runs).toMatchObject([{ status: 'FAILED', error_code: 'agent_error' }]);
    const [row] = await engine.db.reads.any<{ error_message: string }>(
      [crew.workspaceId],
      sql`SELECT error_message FROM runs WHERE id = ${mission.runs[0]!.id}`,
    );
    // Until the sidecar carries calls of models, it refuses them.
    expect(row!.error_message).toMatch(/egress|403|forbidden/i);
  },
  TOOL_TIMEOUT_MS,
);

const SETTINGS = {
  // A crew's home is its own: what its agents put there can send a tool elsewhere inside the container.
  claude: (agentId: string) => ({
    file: `/home/agent/agents/${agentId}/claude/settings.json`,
    content: { env: { ANTHROPIC_BASE_URL: `http://127.0.0.1:${UPSTREAM_PORT}` } },
  }),
  opencode: () => ({
    file: '/workspace/opencode.json',
    content: {
      provider: {
        local: {
          npm: '@ai-sdk/openai-compatible',
          options: { baseURL: `http://127.0.0.1:${UPSTREAM_PORT}/v1`, apiKey: 'no-secret' },
          models: { 'local-model': {} },
        },
      },
    },
  }),
};

agentCliTests(
  ['claude', 'opencode'],
  (slug) => `${slug} does a task in the hardened container: file, result, tokens and entries`,
  async (slug) => {
    const port = UPSTREAM_PORT;
    const { file, content } = SETTINGS[slug](crew.agents[slug]!);
    await inside(
      `mkdir -p ${path.dirname(file)} && rm -f /workspace/notes.md && cat > ${file}`,
      JSON.stringify(content),
    );
    if (slug === 'opencode') {
      await change(sql`UPDATE agents SET llm_model = 'local/local-model' WHERE id = ${crew.agents[slug]!}`);
    }
    const [row] = await engine.db.reads.any<{ container_id: string }>(
      [crew.workspaceId],
      sql`SELECT container_id FROM crews WHERE id = ${crew.crewId}`,
    );
    const script = CASES.success!(slug === 'claude' ? 'claude-2.1.330' : 'opencode-1.18.33');
    const pid = await serveUpstream(engine.docker, row!.container_id, script, {
      port,
      directory: '/opt/crewship/tools',
    });
    const mission = await finished({ note: { agent: slug } });
    await inside(`kill ${pid}`);
    expect(mission).toMatchObject({
      status: 'REVIEW',
      tasks: [{ status: 'COMPLETED', result_summary: ANSWER.split('\n')[0] }],
      runs: [{ status: 'COMPLETED' }],
    });
    await inside(`test "$(cat /workspace/notes.md)" = 'Grüße aus der Werkstatt ✓'`);
    const [totals] = await engine.db.reads.any(
      [crew.workspaceId],
      sql`
        SELECT r.token_count AS run, t.token_count AS task, t.confidence, t.handoff_context AS handoff
        FROM runs r JOIN tasks t ON t.id = r.task_id WHERE r.id = ${mission.runs[0]!.id}`,
    );
    // Chat completions do not know of writing to a cache.
    const tokens = slug === 'claude' ? 4_450 : 4_380;
    expect(totals).toEqual({
      run: tokens,
      task: tokens,
      confidence: 0.85,
      handoff: { files: ['/workspace/notes.md'] },
    });
    const entries = await engine.db.reads.any<{ entry_type: string; count: number }>(
      [crew.workspaceId],
      sql`
        SELECT entry_type, count(*) AS count FROM journal_entries WHERE trace_id = ${mission.runs[0]!.id}
          AND entry_type IN ('llm.call', 'exec.command', 'file.written') GROUP BY 1 ORDER BY 1`,
    );
    expect(entries).toEqual([
      { entry_type: 'exec.command', count: 1 },
      { entry_type: 'file.written', count: 1 },
      { entry_type: 'llm.call', count: 3 },
    ]);
  },
  TOOL_TIMEOUT_MS,
);
