import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect } from 'vitest';
import { LABEL } from '../../../activities/crews/containers/crew-container-options.ts';
import { followRun } from '../../../activities/work/runs/follow-run.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { createClaudeCodeReader } from '../../../domain/work/agent-output/claude-code-reader.ts';
import { createDockerEvents } from '../../../platform/docker/docker-events.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { eventually } from '../../support/test-crew.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';

const suite = useCrew({
  env: {
    CREWSHIP_TOOLS_DIR: import.meta.dirname,
    CREWSHIP_CLAUDE_CODE_PATH: path.join(import.meta.dirname, 'replayed-claude.mjs'),
  },
});
const { run, finished, lines, workspace } = suite;

/** `lead` is an agent of Claude Code, `builder` one of opencode, which this host does not have. */
beforeAll(async () => {
  if (DOCKER_MISSING !== undefined) return;
  await suite.engine.db.transaction({ workspaceIds: [suite.crew.workspaceId] }, async (tx) => {
    for (const [slug, adapter] of [
      ['lead', 'CLAUDE_CODE'],
      ['builder', 'OPENCODE'],
    ] as const) {
      await tx.execute(
        sql`UPDATE agents SET cli_adapter = ${adapter}, command = NULL, system_prompt = 'Speak plainly.'
          WHERE id = ${suite.crew.agents[slug]!}`,
      );
    }
  });
});

interface Entry {
  readonly entry_type: string;
  readonly payload: Record<string, unknown>;
}

const entriesOf = (runId: string) =>
  suite.crew.rows<Entry>(sql`
    SELECT entry_type, payload FROM journal_entries WHERE trace_id = ${runId}
    ORDER BY (payload->>'line_offset')::bigint NULLS LAST, ts`);

const SAID = [
  'run.session_init',
  'run.model_call',
  'exec.command',
  'run.model_call',
  'run.agent_span',
  'file.written',
  'run.model_call',
];
const agentEntries = (entries: readonly Entry[]) => entries.filter(({ entry_type: type }) => SAID.includes(type));

dockerTest(
  'kill -9 of the host worker in the middle of a line: every entry is written once, and the totals are right',
  async () => {
    const leaked = `sk-${'x'.repeat(40)}`;
    const missionId = await run({ note: { agent: 'lead', description: `wait for go, leak ${leaked}` } });
    await suite.appended('prompts');
    const [{ run_id: runId }] = (await eventually(
      () =>
        suite.crew.rows<{ run_id: string }>(sql`
        SELECT run_id FROM run_events e JOIN runs r ON r.id = e.run_id WHERE r.mission_id = ${missionId}`),
      (rows) => rows.length > 0,
    )) as [{ run_id: string }];
    await suite.engine.processes.get('docker-host')!.kill();
    const before = agentEntries(await entriesOf(runId)).length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(SAID.length);
    await suite.engine.start('docker-host');
    await writeFile(workspace('go'), '');
    const mission = await finished(missionId);
    expect(mission).toMatchObject({
      status: 'REVIEW',
      tasks: [{ status: 'COMPLETED', result_summary: 'I wrote notes.md.' }],
      runs: [{ id: runId, status: 'COMPLETED' }],
    });
    const entries = await entriesOf(runId);
    expect(
      agentEntries(entries)
        .map((entry) => entry.entry_type)
        .sort(),
    ).toEqual([...SAID].sort());
    const totals = await suite.crew.rows(sql`
      SELECT r.token_count AS run, t.token_count AS task, m.total_token_count AS mission, r.cost_micros,
        t.cost_micros AS task_cost, m.total_cost_micros AS mission_cost, r.model, t.confidence, t.handoff_context
      FROM runs r JOIN tasks t ON t.id = r.task_id JOIN missions m ON m.id = r.mission_id WHERE r.id = ${runId}`);
    expect(totals).toEqual([
      {
        run: 4_450,
        task: 4_450,
        mission: 4_450,
        cost_micros: 14_753,
        task_cost: 14_753,
        mission_cost: 14_753,
        model: 'claude-sonnet-4-5',
        confidence: 0.85,
        handoff_context: { files: ['/workspace/notes.md'] },
      },
    ]);
    // The agent's own words are in run_events alone.
    const text = JSON.stringify(entries);
    expect(text).not.toMatch(/echo hello|Werkstatt|look around/);
    expect(entries.filter((entry) => entry.entry_type === 'guardrail.output_blocked')).toMatchObject([
      { payload: { run_id: runId, reason: 'secret_in_output', count: 1 } },
    ]);
    expect(text).not.toContain(leaked);
    expect(entries.find((entry) => entry.entry_type === 'exec.command')?.payload).toMatchObject({
      tool: 'Bash',
      is_error: false,
      duration_ms: 121,
    });
    expect(entries.find((entry) => entry.entry_type === 'file.written')?.payload.path).toBe('/workspace/notes.md');
    expect(entries.find((entry) => entry.entry_type === 'run.completed')?.payload).toMatchObject({
      model: 'claude-sonnet-4-5',
      input_tokens: 3_900,
      output_tokens: 180,
      cached_input_tokens: 300,
      cache_creation_tokens: 70,
    });
  },
  60_000,
);

dockerTest(
  'two readers of the same output write one set of entries',
  async () => {
    const missionId = await run({ note: { agent: 'lead', description: 'wait for both' } });
    const [first] = await eventually(
      () =>
        suite.crew.rows<{ id: string; exec_id: string; output_offset: number }>(sql`
        SELECT id, exec_id, output_offset FROM runs WHERE mission_id = ${missionId} AND output_offset > 0`),
      (rows) => rows.length > 0,
    );
    const { engine, crew } = suite;
    const host = path.join(engine.dataDir, 'hosts', engine.stackId);
    const events = createDockerEvents({ docker: engine.docker, label: `${LABEL.stack}=${engine.stackId}` });
    await events.ready;
    const second = followRun(
      {
        db: engine.db,
        docker: engine.docker,
        groups: { list: () => Promise.resolve([]) },
        events,
        dirs: {
          crewsDir: path.join(host, 'crews'),
          socketsDir: path.join(host, 'sockets'),
          runtimeDir: path.join(host, 'runtime'),
        },
      },
      {
        address: { workspaceId: crew.workspaceId, id: first!.id, generation: 0 },
        crewId: crew.crewId,
        execId: first!.exec_id,
        fromOffset: first!.output_offset,
        secrets: [],
        reader: createClaudeCodeReader(),
        turnReader: null,
        signal: new AbortController().signal,
      },
    );
    // Whichever of the two is overtaken says so.
    const seen = second.then(
      (end) => end.kind,
      (error: Error) => error.message,
    );
    await writeFile(workspace('both'), '');
    const mission = await finished(missionId);
    expect(['exited', 'output overtaken']).toContain(await seen);
    await events.close();
    expect(mission.runs).toMatchObject([{ status: 'COMPLETED' }]);
    const entries = await entriesOf(first!.id);
    expect(
      agentEntries(entries)
        .map((entry) => entry.entry_type)
        .sort(),
    ).toEqual([...SAID].sort());
  },
  60_000,
);

async function setTimeoutSeconds(seconds: number): Promise<void> {
  await suite.crew.write(sql`UPDATE agents SET timeout_seconds = ${seconds} WHERE id = ${suite.crew.leadId}`);
}

dockerTest('an agent that exceeds its time is ended, and what it used by then is counted', async () => {
  await setTimeoutSeconds(8);
  const mission = await finished(await run({ endless: { agent: 'lead', description: 'wait for never' } }));
  await setTimeoutSeconds(60);
  expect(mission.runs).toMatchObject([{ status: 'TIMEOUT', error_code: 'timeout' }]);
  const [row] = await suite.crew.rows<{ token_count: number }>(
    sql`SELECT token_count FROM runs WHERE id = ${mission.runs[0]!.id}`,
  );
  expect(row!.token_count).toBeGreaterThan(1_500);
});

dockerTest(
  'the next agent is given summary and handoff on standard input, and nothing of it is an argument',
  async () => {
    const missionId = await run({
      first: { agent: 'lead' },
      second: { agent: 'lead', dependsOn: ['first'], description: 'Go on.' },
    });
    expect((await finished(missionId)).status).toBe('REVIEW');
    const { prompt, args } = JSON.parse((await lines('prompts')).at(-1)!) as { prompt: string; args: string[] };
    expect(prompt).toContain('I wrote notes.md.');
    expect(prompt).toContain('{"files":["/workspace/notes.md"]}');
    expect(prompt).toContain('Speak plainly.');
    expect(prompt).toContain('Go on.');
    expect(args.join(' ')).not.toMatch(/Speak plainly|Go on|second/);
  },
);

dockerTest('an agent whose tool says that it failed has failed, with what the tool said', async () => {
  const mission = await finished(await run({ refused: { agent: 'lead', description: 'recording: invalid-key' } }));
  expect(mission).toMatchObject({ status: 'FAILED', runs: [{ status: 'FAILED', error_code: 'agent_error' }] });
  const [{ error_message: message }] = (await suite.crew.rows(
    sql`SELECT error_message FROM runs WHERE id = ${mission.runs[0]!.id}`,
  )) as [{ error_message: string }];
  expect(message).toMatch(/Invalid API key/);
});

dockerTest('without its tool in image or host a run fails as adapter_unavailable and names the setting', async () => {
  const mission = await finished(await run({ nobody: { agent: 'builder' } }));
  expect(mission.runs).toMatchObject([{ status: 'FAILED', error_code: 'adapter_unavailable' }]);
  const [row] = await suite.crew.rows<{ error_message: string }>(
    sql`SELECT error_message FROM runs WHERE id = ${mission.runs[0]!.id}`,
  );
  expect(row!.error_message).toMatch(/opencode .*CREWSHIP_OPENCODE_PATH/);
});
