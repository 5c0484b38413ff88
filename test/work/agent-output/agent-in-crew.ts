import path from 'node:path';
import readline from 'node:readline';
import type { AgentAdapter } from '../../../activities/work/runs/adapters/agent-adapter.ts';
import { agentEnvironment } from '../../../activities/work/runs/adapters/agent-environment.ts';
import type { RunExecution } from '../../../db/work/runs/read-run-execution.ts';
import { SIDECAR_PORT } from '../../../domain/crews/sidecar/ipc-config.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { newId } from '../../../platform/ids/ids.ts';
import {
  createDockerFixture,
  type ContainerCrew,
  type DockerFixture,
  finish,
  startCrew,
} from '../../support/container-crew.ts';
import { AGENT_CLIS } from '../../support/agent-clis.ts';
import type { Script } from '../../support/llm-upstream/script.ts';

/** Where a container of a test has the upstream's program. */
export const UPSTREAM_DIR = path.resolve(import.meta.dirname, '../../support/llm-upstream');

/**
 * Starts the scripted provider beside the agents, as one of them: nothing else is reachable from there. Returns its pid
 * in the container.
 */
export async function serveUpstream(
  docker: DockerClient,
  containerId: string,
  script: Script,
  { port, directory }: { port: number; directory: string },
): Promise<number> {
  const execId = await docker.createExec({
    containerId,
    argv: ['/opt/crewship/bin/node', `${directory}/serve.ts`, String(port)],
    user: '1001:1001',
    stdin: true,
    output: true,
  });
  const attached = await docker.startExecAttached(execId);
  let said = '';
  attached.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  attached.stdin.end(JSON.stringify(script));
  for await (const line of readline.createInterface({ input: attached.stdout })) {
    const pid = /^ready (\d+)$/.exec(line)?.[1];
    if (pid === undefined) continue;
    // It says no more: letting go takes nothing from it.
    attached.detach();
    return Number(pid);
  }
  throw new Error(`the upstream did not start: ${said}`);
}

export interface AgentsInCrew {
  readonly fixture: DockerFixture;
  /** Runs the real tool in a hardened container of its own, beside an upstream where the sidecar would be. */
  run(
    adapter: AgentAdapter,
    execution: RunExecution,
    options: { script?: Script; env?: Record<string, string> },
  ): Promise<{ crew: ContainerCrew; output: Buffer; exitCode: number | null }>;
  close(): Promise<void>;
}

export async function openAgentsInCrew(): Promise<AgentsInCrew> {
  const fixture = await createDockerFixture({ toolsDir: UPSTREAM_DIR, agentTools: AGENT_CLIS });
  return {
    fixture,
    async run(adapter, execution, { script, env = {} }) {
      const crew = await startCrew(fixture, fixture.newSpec({ memoryMb: 3_072, cpus: 2 }));
      if (script !== undefined) {
        await serveUpstream(fixture.docker, crew.containerId, script, {
          port: SIDECAR_PORT,
          directory: '/opt/crewship/tools',
        });
      }
      const start = adapter.start(execution, 'run-token-of-the-test');
      const attemptId = newId();
      const execId = await crew.start(attemptId, start.argv, {
        input: start.input,
        env: { ...agentEnvironment(execution, 'run-token-of-the-test'), ...start.env, ...env },
      });
      const { output, end } = await finish(crew.follow(attemptId, execId));
      return { crew, output, exitCode: end.outcome === 'exited' ? end.exitCode : null };
    },
    close: () => fixture.close(),
  };
}
