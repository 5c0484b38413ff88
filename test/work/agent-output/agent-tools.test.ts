import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { resolveEscalation } from '../../../commands/engine/escalations/close-escalation.ts';
import { requestContainer } from '../../../commands/engine/crews/advance-crew.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { AGENT_CLIS, AGENT_CLIS_MISSING, agentCliTests } from '../../support/agent-clis.ts';
import type { Script } from '../../support/llm-upstream/script.ts';
import { isSettledView, readMission } from '../../support/mission-view.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestCrew,
} from '../../support/test-crew.ts';
import { createTestEngine, type TestEngine } from '../../support/test-engine.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';
import { serveUpstream, UPSTREAM_DIR } from './agent-in-crew.ts';
import { lockCrew } from '../../../db/crews/crews/crew-row.ts';

const UPSTREAM_PORT = 9_300;
const AGENT_TIMEOUT_SECONDS = 240;
const TOOL_TIMEOUT_MS = 300_000;
/** Longer than clients of the protocol wait by default for a sign of life. */
const PEOPLE_TAKE_MS = 7_000;

let engine: TestEngine;
let crew: TestCrew;

/** The whole engine with the real tools, whose model is a script inside their container. */
beforeAll(async () => {
  if (DOCKER_MISSING !== undefined || AGENT_CLIS_MISSING !== undefined) return;
  engine = await createTestEngine({
    processes: ['api', 'control', 'docker-host'],
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
  for (const [slug, adapter, model] of [
    ['claude', 'CLAUDE_CODE', 'claude-sonnet-4-5'],
    ['opencode', 'OPENCODE', 'local/local-model'],
  ] as const) {
    await change(sql`
      UPDATE agents SET cli_adapter = ${adapter}, command = NULL, llm_model = ${model}
        WHERE id = ${crew.agents[slug]!}`);
  }
});
afterAll(() => engine?.close());

function change(statement: ReturnType<typeof sql>): Promise<number> {
  return crew.write(statement);
}

/** A crew's home is its own: what its agents put there sends a tool elsewhere inside the container. */
const MODEL_SETTINGS = {
  claude: () => ({
    file: `/home/agent/agents/${crew.agents.claude!}/claude/settings.json`,
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

/** As the tools name a server's tools to their models. */
const NAMED = {
  claude: (tool: string) => `mcp__crewship__${tool}`,
  opencode: (tool: string) => `crewship_${tool}`,
};

async function inside(script: string, input = ''): Promise<void> {
  const [row] = await crew.rows<{ container_id: string }>(
    sql`SELECT container_id FROM crews WHERE id = ${crew.crewId}`,
  );
  const { exitCode, stderr } = await engine.docker.runExec(
    { containerId: row!.container_id, argv: ['/bin/sh', '-c', script], user: '1001:1001', stdin: true },
    { timeoutMs: 20_000, input },
  );
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
}

/** The container is there before the first mission needs it. */
async function containerId(): Promise<string> {
  const [row] = await crew.rows<{ container_id: string | null }>(
    sql`SELECT container_id FROM crews WHERE id = ${crew.crewId}`,
  );
  if (row!.container_id !== null) return row!.container_id;
  await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(sql`UPDATE crews SET host_id = ${engine.stackId} WHERE id = ${crew.crewId}`);
    await requestContainer(tx, (await lockCrew(tx, crew.crewId))!);
  });
  const [started] = await eventually(
    () =>
      crew.rows<{ container_id: string }>(
        sql`SELECT container_id FROM crews WHERE id = ${crew.crewId} AND container_status = 'running'`,
      ),
    (rows) => rows.length === 1,
    60_000,
  );
  return started!.container_id;
}

agentCliTests(
  ['claude', 'opencode'],
  (slug) => `${slug} has the crew’s tools without configuration: it makes an issue, and waits for people`,
  async (slug) => {
    const container = await containerId();
    const { file, content } = MODEL_SETTINGS[slug]();
    await inside(`mkdir -p ${path.dirname(file)} && cat > ${file}`, JSON.stringify(content));
    const script: Script = {
      turns: [
        { toolCalls: [{ name: NAMED[slug]('create_issue'), input: { title: `Found by ${slug}`, priority: 'high' } }] },
        { toolCalls: [{ name: NAMED[slug]('escalate'), input: { reason: 'Which way?' } }] },
        { text: 'Asked, and went left.' },
      ],
    };
    const upstream = { port: UPSTREAM_PORT, directory: '/opt/crewship/tools' };
    const pid = await serveUpstream(engine.docker, container, script, upstream);
    const { missionId } = await createTestMission(engine.db, crew, { only: { agent: slug } });
    await startTestMission(engine.db, crew, missionId);
    const [question] = await eventually(
      () =>
        crew.rows<{ id: string; from_slug: string; chat_id: string; run_id: string }>(
          sql`SELECT id, from_slug, chat_id, run_id FROM escalations WHERE mission_id = ${missionId}`,
        ),
      (rows) => rows.length === 1,
      TOOL_TIMEOUT_MS,
    );
    await pause(PEOPLE_TAKE_MS);
    await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
      resolveEscalation(
        tx,
        TEST_KEY_RING,
        question!.id,
        { resolution: 'left', action: 'approve', redirectTo: null, resolvedBy: null },
        orchestratorActor(),
      ),
    );
    const mission = await eventually(
      () => readMission(engine.db, crew.workspaceId, missionId),
      isSettledView,
      TOOL_TIMEOUT_MS,
    );
    await inside(`kill ${pid}`);
    expect(mission).toMatchObject({
      tasks: [{ status: 'COMPLETED', result_summary: 'Asked, and went left.' }],
      runs: [{ status: 'COMPLETED', id: question!.run_id }],
    });
    expect(question).toMatchObject({ from_slug: slug });
    expect(await crew.rows(sql`SELECT created_by_id FROM issues WHERE title = ${`Found by ${slug}`}`)).toEqual([
      { created_by_id: crew.agents[slug]! },
    ]);
    const calls = () =>
      crew.rows(
        sql`SELECT tool_name, status FROM mcp_tool_calls WHERE agent_id = ${crew.agents[slug]!} ORDER BY created_at`,
      );
    await eventually(calls, (rows) => rows.length === 2);
    expect(await calls()).toEqual([
      { tool_name: 'create_issue', status: 'success' },
      { tool_name: 'escalate', status: 'success' },
    ]);
  },
  TOOL_TIMEOUT_MS,
);
