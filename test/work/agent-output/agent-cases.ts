import type { AgentAdapter } from '../../../activities/work/runs/adapters/agent-adapter.ts';
import { claudeCodeAdapter } from '../../../activities/work/runs/adapters/claude-code-adapter.ts';
import { opencodeAdapter } from '../../../activities/work/runs/adapters/opencode-adapter.ts';
import type { RunExecution } from '../../../db/work/runs/read-run-execution.ts';
import type { Script, Turn } from '../../support/llm-upstream/script.ts';

/** A run as its host reads it from the rows. */
export function sampleExecution(agent: Partial<RunExecution['agent']>): RunExecution {
  return {
    run: {
      id: 'run1',
      workspace_id: 'workspace1',
      agent_id: 'agent1',
      crew_id: 'crew1',
      host_id: 'host1',
      mission_id: 'mission1',
      task_id: 'task1',
      project_id: null,
      chat_id: null,
      job_id: null,
      trigger_type: 'MISSION',
      purpose: 'work',
      status: 'ADMITTED',
      generation: 1,
      iteration: 1,
      attempt_no: 1,
      predecessor_id: null,
      crew_generation: 1,
      container_id: null,
      exec_id: null,
      output_offset: 0,
      timeout_ms: 60_000,
      deadline_at: null,
      cancel_requested_at: null,
      restart_requested_at: null,
      error_code: null,
    },
    timeLeftMs: 60_000,
    containerId: 'container1',
    containerStatus: 'running',
    memoryMb: null,
    devcontainerConfig: null,
    workspaceId: 'workspace1',
    crewId: 'crew1',
    agent: {
      id: 'agent1',
      slug: 'builder',
      name: 'Builder',
      cliAdapter: 'COMMAND',
      llmProvider: null,
      llmModel: null,
      memoryEnabled: false,
      command: null,
      systemPrompt: 'You write short notes.',
      ...agent,
    },
    mission: { id: 'mission1', title: 'Notes', description: 'Notes about the workspace.' },
    task: { id: 'task1', title: 'Write a note', description: 'Write notes.md.', iteration: 1, rework: null },
    request: null,
    chat: null,
    dependencies: [],
    planning: null,
    hasLateAnswers: false,
    standard: null,
    configVersions: {},
    policy: null,
    actsFor: null,
    knowledge: null,
    skills: null,
    openQuestions: [],
    lateAnswers: [],
  };
}

export const TOOLS = {
  'claude-2.1.330': {
    adapter: claudeCodeAdapter,
    execution: sampleExecution({ cliAdapter: 'CLAUDE_CODE', llmModel: 'claude-sonnet-4-5' }),
    /** So that a broken upstream is given up on after one more try. */
    env: { CLAUDE_CODE_MAX_RETRIES: '1' } as Record<string, string>,
  },
  'opencode-1.18.33': {
    adapter: opencodeAdapter,
    execution: sampleExecution({ cliAdapter: 'OPENCODE', llmModel: 'claude-sonnet-4-5' }),
    env: {} as Record<string, string>,
  },
} as const satisfies Record<string, { adapter: AgentAdapter; execution: RunExecution; env: Record<string, string> }>;

export type ToolName = keyof typeof TOOLS;

export const ANSWER = [
  'I wrote notes.md.',
  '',
  '```crewship',
  '{"confidence": 0.85, "handoff": {"files": ["/workspace/notes.md"]}}',
  '```',
].join('\n');

const NOTE = { path: '/workspace/notes.md', content: 'Grüße aus der Werkstatt ✓\n' };

const shell = (tool: ToolName, command: string): Turn => ({
  text: 'I look around first.',
  toolCalls: [
    tool === 'claude-2.1.330'
      ? { name: 'Bash', input: { command, description: 'look around' } }
      : { name: 'bash', input: { command, description: 'look around' } },
  ],
  usage: { inputTokens: 1_200, outputTokens: 40, cachedInputTokens: 300, cacheCreationTokens: 70 },
});

const write = (tool: ToolName, path: string): Turn => ({
  toolCalls: [
    tool === 'claude-2.1.330'
      ? { name: 'Write', input: { file_path: path, content: NOTE.content } }
      : { name: 'write', input: { filePath: path, content: NOTE.content } },
  ],
  usage: { inputTokens: 1_300, outputTokens: 60 },
});

const last: Turn = { text: ANSWER, usage: { inputTokens: 1_400, outputTokens: 80 } };

/** What each recording is of. */
export const CASES: Readonly<Record<string, (tool: ToolName) => Script>> = {
  success: (tool) => ({ turns: [shell(tool, 'echo hello; ls -a'), write(tool, NOTE.path), last] }),
  'failed-tools': (tool) => ({ turns: [shell(tool, 'exit 3'), write(tool, '/proc/notes.md'), last] }),
  'long-text': () => ({ turns: [{ text: `${'All work and no play. '.repeat(1_500)}\n\n${ANSWER}` }] }),
  'cut-answer': () => ({ turns: [{ text: 'This answer ends in the mid', cut: true }] }),
  'refused-request': () => ({
    turns: [last],
    errorsFirst: Array.from({ length: 20 }, () => ({ status: 400, type: 'invalid_request_error', message: 'no' })),
  }),
  'rate-limited-once': () => ({
    turns: [last],
    errorsFirst: [{ status: 429, type: 'rate_limit_error', message: 'slow down', retryAfterSeconds: 1 }],
  }),
  'invalid-key': () => ({
    turns: [last],
    errorsFirst: Array.from({ length: 20 }, () => ({
      status: 401,
      type: 'authentication_error',
      message: 'invalid x-api-key',
    })),
  }),
};
