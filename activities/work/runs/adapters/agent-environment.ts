import type { RunExecution } from '../../../../db/work/runs/read-run-execution.ts';
import { inputsDirectory } from '../exec/attempt-files.ts';
import { SIDECAR_PORT } from '../../../../domain/crews/sidecar/ipc-config.ts';

/** Says to the sidecar which run is asking. */
export const RUN_TOKEN_HEADER = 'X-Run-Token';

/**
 * The environment of every attempt: ids, where the sidecar listens, also as a proxy, and the run's token, which says
 * which run is asking and is worth nothing without the crew's socket and token.
 */
export function agentEnvironment(execution: RunExecution, runToken: string): Record<string, string> {
  const { run, agent } = execution;
  // The container's own proxy, with a user: that is how a client says to a proxy who asks.
  const proxy = `http://run:${runToken}@127.0.0.1:${SIDECAR_PORT}`;
  return {
    ...{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, http_proxy: proxy, https_proxy: proxy },
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
    ...((execution.chat?.files.length ?? 0) > 0 ? { CREWSHIP_INPUTS_DIR: inputsDirectory(run.id) } : {}),
  };
}

/**
 * Where an agent's tool keeps its settings and sessions, in the crew's home volume: its own, so that agents of a crew
 * do not write each other's files by accident.
 */
export function agentHome(execution: RunExecution): string {
  return `/home/agent/agents/${execution.agent.id}`;
}
