import type { RunExecution } from '../../db/runs/begin-run.ts';
import { SIDECAR_PORT } from '../../domain/sidecar/ipc-config.ts';

/** How an agent is started: its argv and what it reads on standard input. */
export interface AgentCommand {
  readonly argv: readonly string[];
  readonly input: unknown;
}

/**
 * The COMMAND adapter: the agent's own argv, no shell, the task as JSON on standard input. Null for an adapter that
 * this host cannot run.
 */
export function agentCommand(execution: RunExecution): AgentCommand | null {
  const { agent } = execution;
  if (agent.cliAdapter !== 'COMMAND' || agent.command === null || agent.command.length === 0) return null;
  return {
    argv: agent.command,
    input: {
      run: { id: execution.run.id, iteration: execution.run.iteration, attempt: execution.run.attempt_no },
      agent: { id: agent.id, slug: agent.slug, name: agent.name, system_prompt: agent.systemPrompt },
      mission: execution.mission,
      task: execution.task,
      request: execution.request,
      dependencies: execution.dependencies,
      chat_id: execution.run.chat_id,
    },
  };
}

/**
 * The environment of an attempt: ids, where the sidecar listens, and the run's token, which says which run is asking
 * and is worth nothing without the crew's socket and token.
 */
export function agentEnvironment(execution: RunExecution, runToken: string): Record<string, string> {
  const { run, agent } = execution;
  return {
    CREWSHIP_SIDECAR_URL: `http://127.0.0.1:${SIDECAR_PORT}`,
    CREWSHIP_RUN_TOKEN: runToken,
    CREWSHIP_WORKSPACE_ID: execution.workspaceId,
    CREWSHIP_CREW_ID: execution.crewId,
    CREWSHIP_AGENT_ID: agent.id,
    CREWSHIP_AGENT_SLUG: agent.slug,
    CREWSHIP_RUN_ID: run.id,
    ...(run.mission_id === null ? {} : { CREWSHIP_MISSION_ID: run.mission_id }),
    ...(run.task_id === null ? {} : { CREWSHIP_TASK_ID: run.task_id }),
    ...(run.chat_id === null ? {} : { CREWSHIP_CHAT_ID: run.chat_id }),
  };
}
