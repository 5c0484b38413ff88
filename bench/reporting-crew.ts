import { mkdir } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { parseConfig } from '../platform/config/config.ts';
import { loadInternalTokens } from '../platform/internal-tokens/load-internal-tokens.ts';
import type { BenchStack } from './bench-stack.ts';
import { createBenchCrew, untilRows } from './bench-crew.ts';

/** A crew whose socket the API serves, with runs under way whose agents report. */
export interface ReportingCrew {
  readonly id: string;
  readonly workspaceId: string;
  readonly socketPath: string;
  /** Headers of a request from each of its runs. */
  readonly headers: readonly Readonly<Record<string, string>>[];
  /** One report of the first run; rejects unless it is accepted. */
  post(url: string, body: object): Promise<void>;
}

const RUNS = 4;
const SERVED_DEADLINE_MS = 20_000;

/** As the host's worker and the engine would leave it, without a container: reports need neither. */
export async function openReportingCrew(bench: BenchStack, slug: string): Promise<ReportingCrew> {
  const config = parseConfig(bench.stack.processEnv);
  const tokens = loadInternalTokens(config);
  const { id: crewId, leadId: agentId } = await createBenchCrew(bench, {
    slug,
    program: 'hold.sh',
    maxConcurrentRuns: 1,
  });
  const { rows } = await bench.rows.query<{ workspace_id: string }>('select workspace_id from crews where id = $1', [
    crewId,
  ]);
  const workspaceId = rows[0]!.workspace_id;
  const headers: Record<string, string>[] = [];
  for (let index = 0; index < RUNS; index += 1) {
    const runId = `bench-${slug}-${index}`;
    await bench.rows.query(
      `insert into runs (id, workspace_id, crew_id, agent_id, trigger_type, status, reported, started_at)
       values ($1, $2, $3, $4, 'USER', 'RUNNING', true, now())`,
      [runId, workspaceId, crewId, agentId],
    );
    headers.push({
      'content-type': 'application/json',
      'x-internal-token': tokens.issue({ kind: 'crew', workspaceId, crewId }),
      'x-run-token': tokens.issue({ kind: 'run', workspaceId, crewId, agentId, runId }),
    });
  }
  const directory = path.join(config.socketsDir, crewId);
  await mkdir(directory, { mode: 0o750 });
  const socketPath = path.join(directory, 'api.sock');
  await untilRows(
    'the crew is served',
    SERVED_DEADLINE_MS,
    async () => (await request(socketPath, '/', {}, '')) !== null,
  );
  return {
    id: crewId,
    workspaceId,
    socketPath,
    headers,
    async post(url, body) {
      const status = await request(socketPath, url, headers[0]!, JSON.stringify(body));
      if (status !== 202) throw new Error(`${url} answered ${status}`);
    },
  };
}

/** The status of an answer; null when nobody listens. */
function request(
  socketPath: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<number | null> {
  return new Promise((resolve) => {
    const sent = http.request({ socketPath, path: url, method: 'POST', headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? null));
    });
    sent.once('error', () => resolve(null));
    sent.end(body);
  });
}
