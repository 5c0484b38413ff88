import { describe, expect, test } from 'vitest';
import type { RunExecution } from '../../../db/work/runs/read-run-execution.ts';
import { NO_USAGE, type AgentOutcome } from '../../../domain/work/agent-output/agent-event.ts';
import { readResultBlock } from '../../../domain/work/agent-output/result-block.ts';
import { parsePlan } from '../../../domain/work/missions/parse-plan.ts';
import { agentPrompt } from '../../../activities/work/runs/adapters/agent-prompt.ts';
import { findAgentAdapter } from '../../../activities/work/runs/adapters/find-agent-adapter.ts';
import { sampleExecution } from './agent-cases.ts';

const LEFT = { result_truncated: false, handoff_truncated: false, confidence: null };

function execution(agent: Partial<RunExecution['agent']>, rest: Partial<RunExecution> = {}): RunExecution {
  return {
    ...sampleExecution({ cliAdapter: 'CLAUDE_CODE', name: 'The Writer', systemPrompt: 'Secret manners.', ...agent }),
    mission: { id: 'mission1', title: 'Big mission', description: 'Mission text.' },
    task: { id: 'task1', title: 'Small task', description: 'Task text.', iteration: 2, rework: null },
    dependencies: [
      { ...LEFT, task_id: 'task0', title: 'Earlier', result_summary: 'Summary text.', handoff: { file: 'a.md' } },
      { ...LEFT, task_id: 'task2', title: 'Silent', result_summary: null, handoff: null },
    ],
    ...rest,
  };
}

const TEXTS = [
  'Secret manners.',
  'Big mission',
  'Mission text.',
  'Small task',
  'Task text.',
  'Summary text.',
  '{"file":"a.md"}',
];

describe.each(['CLAUDE_CODE', 'OPENCODE'] as const)('%s', (cliAdapter) => {
  const adapter = findAgentAdapter(cliAdapter)!;

  test('the prompt holds role, mission, results and task, on standard input alone', () => {
    const start = adapter.start(execution({ cliAdapter }), 'the-run-token');
    for (const text of TEXTS) expect(start.input).toContain(text);
    const shown = JSON.stringify([start.argv, start.env]);
    for (const text of [...TEXTS, 'The Writer']) expect(shown).not.toContain(text);
    expect(JSON.stringify(start.argv)).not.toContain('the-run-token');
  });

  test('calls of models go to the sidecar with a key that is no secret', () => {
    const { env } = adapter.start(execution({ cliAdapter }), 'the-run-token');
    const shown = JSON.stringify(env);
    expect(shown).toContain('http://127.0.0.1:9119/llm/anthropic');
    expect(shown).toContain('X-Run-Token');
    expect(shown).not.toMatch(/sk-/);
  });

  test('the crew’s tools are configured, with the run’s token by the name of its variable', () => {
    const { argv, env } = adapter.start(execution({ cliAdapter }), 'the-run-token');
    const config = cliAdapter === 'OPENCODE' ? env.OPENCODE_CONFIG_CONTENT! : argv[argv.indexOf('--mcp-config') + 1]!;
    expect(config).toContain('"url":"http://127.0.0.1:9119/mcp"');
    expect(config).toMatch(/"X-Run-Token":"(\$\{CREWSHIP_RUN_TOKEN\}|\{env:CREWSHIP_RUN_TOKEN\})"/);
    expect(config).toContain('"X-Agent-Slug":"builder"');
    expect(config).not.toContain('the-run-token');
  });

  const outcome: AgentOutcome = {
    text: 'Done.',
    error: null,
    model: 'm',
    usage: { ...NO_USAGE, inputTokens: 3 },
    costMicros: null,
    noise: '',
    lines: 1,
    tooLongLines: 0,
    droppedEvents: 0,
  };
  const report = (exitCode: number, changes: Partial<AgentOutcome>, outputTruncated = false) =>
    adapter.report(
      { dirs: { crewsDir: '/x', socketsDir: '/x', runtimeDir: '/x' }, readTail: async () => '' },
      { crewId: 'crew1', attemptId: 'run1', exitCode, outputTruncated, outcome: { ...outcome, ...changes } },
    );

  test('a tool that is not there is no failure of the agent', async () => {
    for (const exitCode of [126, 127]) {
      expect(await report(exitCode, { text: null })).toMatchObject({
        outcome: { kind: 'not_started', code: 'adapter_unavailable' },
        errorMessage: expect.stringMatching(/not in the crew's image and not mounted/) as string,
      });
    }
  });

  test('an exit code tells with the last words of the tool', async () => {
    expect(await report(2, { text: null, noise: 'Error: no such model' })).toMatchObject({
      outcome: { kind: 'exited', exitCode: 2, result: 'missing' },
      errorMessage: 'exit code 2: Error: no such model',
    });
  });

  test('an end without an answer is an invalid result, also where the output was cut', async () => {
    expect(await report(0, { text: null })).toMatchObject({ outcome: { result: 'invalid' } });
    expect((await report(0, { text: null }, true)).errorMessage).toMatch(/cut at the limit/);
  });

  test('what was used is reported whatever the end', async () => {
    for (const changes of [{}, { error: 'broken' }, { text: null }]) {
      expect((await report(0, changes)).llm?.usage.inputTokens).toBe(3);
    }
  });

  test('characters that cannot be stored are left out', async () => {
    const text = 'Do\u0000ne.\n```crewship\n{"handoff": {"a\\u0000b": "c\\ud800"}}\n```';
    expect(await report(0, { text })).toMatchObject({ summary: 'Done.', handoff: { ab: 'c\ufffd' } });
  });
});

test('opencode is told the model by provider and name, also one that it does not know', () => {
  const config = (agent: Partial<RunExecution['agent']>) =>
    JSON.parse(findAgentAdapter('OPENCODE')!.start(execution(agent), 'token').env.OPENCODE_CONFIG_CONTENT!) as {
      model?: string;
      provider: Record<string, { models?: object }>;
    };
  expect(config({})).not.toHaveProperty('model');
  expect(config({ llmModel: 'claude-x' })).toMatchObject({
    model: 'anthropic/claude-x',
    provider: { anthropic: { models: { 'claude-x': {} } } },
  });
  expect(config({ llmModel: 'gpt-x', llmProvider: 'OPENAI' })).toMatchObject({
    model: 'openai/gpt-x',
    provider: { openai: { models: { 'gpt-x': {} } } },
  });
  expect(config({ llmModel: 'own/a/b', llmProvider: 'OPENAI' }).model).toBe('own/a/b');
});

test('skills are folders to a tool that knows them, and instructions to the others; arguments have none of their words', () => {
  const skill = { id: 's1', slug: 'notes', name: 'Notes', description: 'Signing notes.', version: 2 } as const;
  const more = { runtime: 'SCRIPT', content: 'Sign them.', config: { ink: 'blue' } } as const;
  const files = [{ path: 'say.sh', content: Buffer.from('x'), isExecutable: true }];
  const skills = { root: '/inputs/run1.skills/abc', skills: [{ ...skill, ...more, files }] };
  const start = (cliAdapter: RunExecution['agent']['cliAdapter'], agent: Partial<RunExecution['agent']> = {}) =>
    findAgentAdapter(cliAdapter)!.start(execution({ cliAdapter, ...agent }, { skills }), 'token');
  const claude = start('CLAUDE_CODE');
  expect(claude.argv.slice(-2)).toEqual(['--add-dir', skills.root]);
  expect(claude.input).not.toContain('Sign them.');
  const opencode = start('OPENCODE');
  for (const text of [
    'Signing notes.',
    'Sign them.',
    '- ink: blue',
    '/inputs/run1.skills/abc/.claude/skills/notes/say.sh',
  ])
    expect(opencode.input).toContain(text);
  expect(JSON.stringify([opencode.argv, opencode.env])).not.toContain('Sign');
  expect(JSON.parse(start('COMMAND', { command: ['x'] }).input)).toMatchObject({
    skills: [{ slug: 'notes', version: 2, config: { ink: 'blue' }, instructions: 'Sign them.' }],
  });
});

test('kinds of agents that no host runs have no adapter', () => {
  expect(findAgentAdapter('CODEX_CLI')).toBeUndefined();
  expect(findAgentAdapter('COMMAND')).toBeDefined();
});

test('results of many tasks share a bounded part of the prompt', () => {
  const dependencies = Array.from({ length: 200 }, (_, index) => ({
    ...LEFT,
    task_id: `task${index}`,
    title: `Earlier ${index}`,
    result_summary: 'x'.repeat(8_000),
    handoff: { notes: 'y'.repeat(8_000) },
  }));
  const prompt = agentPrompt(execution({}, { dependencies }));
  expect(prompt.length).toBeLessThan(140_000);
  expect(prompt).toContain('Earlier 199');
});

test('the prompt asks for the block that is read', () => {
  expect(readResultBlock(agentPrompt(execution({}))).confidence).toBe(0);
});

test('a lead that plans is told of its crew and its first plan, and asked for a plan that is read', () => {
  const planning = {
    plan: 'Two steps.',
    agents: [
      { id: 'agent2', slug: 'writer', name: 'Writer', role: 'AGENT', role_title: 'Editor', description: 'Writes.' },
    ],
    problems: ['task 1: title is empty'],
  };
  const prompt = agentPrompt(execution({}, { task: null, planning }));
  for (const text of ['`writer`, Writer (AGENT): Editor: Writes.', 'Two steps.', 'task 1: title is empty']) {
    expect(prompt).toContain(text);
  }
  const agents = [{ id: 'agent2', slug: '<slug>' }];
  const { plan } = readResultBlock(prompt);
  expect(parsePlan(plan, agents)).toMatchObject({ ok: true, tasks: [{ title: '…' }, { dependsOn: [0] }] });
});

test('answers that came late are in the prompt', () => {
  const lateAnswers = [
    {
      escalation_id: 'escalation1',
      question: 'Which colour?',
      resolution: 'Blue.',
      action: 'approve' as const,
      redirect_to: null,
      resolved_at: '2026-01-01T00:00:00Z',
    },
  ];
  const prompt = agentPrompt(execution({}, { lateAnswers }));
  expect(prompt).toContain('Which colour?');
  expect(prompt).toContain('Blue.');
});

test('what another agent asks is in the prompt, with who asks', () => {
  const request = {
    id: 'request1',
    kind: 'query' as const,
    content: 'Which port is free?',
    from: { id: 'agent2', slug: 'writer', name: 'Writer' },
  };
  const asked = agentPrompt(execution({}, { task: null, request }));
  for (const text of ['# A question for you', 'Writer (`writer`)', request.content]) expect(asked).toContain(text);
  const given = agentPrompt(execution({}, { task: null, request: { ...request, kind: 'assignment', from: null } }));
  for (const text of ['# Your task', 'Another agent gives you', request.content]) expect(given).toContain(text);
});
