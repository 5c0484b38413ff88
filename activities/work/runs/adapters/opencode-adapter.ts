import type { RunExecution } from '../../../../db/work/runs/read-run-execution.ts';
import { createOpencodeReader } from '../../../../domain/work/agent-output/opencode-reader.ts';
import { createOpencodeTurnLines } from '../../../../domain/work/agent-output/turn-reader.ts';
import { ANTHROPIC_BASE_URL, OPENAI_BASE_URL, PLACEHOLDER_KEY } from '../../../../domain/crews/sidecar/llm-paths.ts';
import { MCP_SERVER_ID, MCP_URL } from '../../../../domain/crews/sidecar/mcp-server.ts';
import type { AgentAdapter } from './agent-adapter.ts';
import { agentHome, RUN_TOKEN_HEADER } from './agent-environment.ts';
import { mcpHeaders, TOOL_CALL_TIMEOUT_MS } from './agent-mcp.ts';
import { agentPrompt } from './agent-prompt.ts';
import { reportOutcome } from './report-outcome.ts';

const TOOL = { program: 'opencode', setting: 'CREWSHIP_OPENCODE_PATH' };

/** `provider/model` as the tool names models; null leaves the choice to it. */
function modelOf({ agent }: RunExecution): string | null {
  if (agent.llmModel === null || agent.llmModel.includes('/')) return agent.llmModel;
  return `${(agent.llmProvider ?? 'ANTHROPIC').toLowerCase()}/${agent.llmModel}`;
}

/** The settings that outrank those of the home and of the workspace. */
function configContent(execution: RunExecution, model: string | null): string {
  const [provider, ...rest] = model?.split('/') ?? [];
  const name = rest.join('/');
  const through = (providerName: string, baseURL: string) => ({
    options: {
      baseURL,
      apiKey: PLACEHOLDER_KEY,
      // The tool puts in the variable's value itself: the token is in the environment once.
      headers: { [RUN_TOKEN_HEADER]: '{env:CREWSHIP_RUN_TOKEN}' },
    },
    // A model that is newer than the tool is unknown to it unless it is named here.
    ...(provider === providerName && name !== '' ? { models: { [name]: {} } } : {}),
  });
  return JSON.stringify({
    ...(model === null ? {} : { model }),
    autoupdate: false,
    share: 'disabled',
    permission: 'allow',
    mcp: {
      [MCP_SERVER_ID]: {
        type: 'remote',
        url: MCP_URL,
        enabled: true,
        oauth: false,
        headers: mcpHeaders(execution, '{env:CREWSHIP_RUN_TOKEN}'),
        timeout: TOOL_CALL_TIMEOUT_MS,
      },
    },
    provider: {
      anthropic: through('anthropic', `${ANTHROPIC_BASE_URL}/v1`),
      openai: through('openai', `${OPENAI_BASE_URL}/v1`),
    },
  });
}

/** opencode without a terminal. The container is its sandbox: it asks nobody for permissions. */
export const opencodeAdapter: AgentAdapter = {
  start(execution) {
    const home = agentHome(execution);
    return {
      // A title of its own saves the call of a model that would make one up.
      argv: [TOOL.program, 'run', '--format', 'json', '--auto', '--title', execution.run.id],
      input: agentPrompt(execution, { namesSkills: true }),
      env: {
        OPENCODE_CONFIG_CONTENT: configContent(execution, modelOf(execution)),
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
        XDG_CONFIG_HOME: `${home}/config`,
        XDG_DATA_HOME: `${home}/data`,
        XDG_STATE_HOME: `${home}/state`,
        XDG_CACHE_HOME: `${home}/cache`,
      },
    };
  },

  createReader: (execution) => createOpencodeReader(modelOf(execution)),

  createTurnLines: createOpencodeTurnLines,

  report: (_deps, ended) => Promise.resolve(reportOutcome(ended, TOOL)),
};
