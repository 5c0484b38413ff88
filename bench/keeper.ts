import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { parseConfig } from '../platform/config/config.ts';
import { loadInternalTokens } from '../platform/internal-tokens/load-internal-tokens.ts';
import { startLlmUpstream } from '../test/support/llm-upstream/llm-upstream.ts';
import { type BenchCrew, createBenchCrew, createChainMission, startMission, untilRows } from './bench-crew.ts';
import type { BenchStack } from './bench-stack.ts';
import { callAtRate } from './constant-rate.ts';
import { atMost, type Figure } from './figure.ts';
import { startLimitProcess } from './limits/limit-process.ts';
import { percentile } from './percentile.ts';

const PER_SECOND = 100;
const SECONDS = 20;
const WARM_UP_SECONDS = 3;
const COMMANDS = 20;
const WARM_UP_COMMANDS = 3;
const DEADLINE_MS = 60_000;
const INTENT = 'Read the list of open invoices of the customer, as the task asks';
const SAYS = { decision: 'ALLOW', reason: 'fits the task', risk_score: 1 };

/**
 * What asking the keeper takes an agent of a crew that runs: access to the lowest tier, at a constant rate; and running
 * a command with a secret, beyond a container of its own that does the same without a keeper. The judge answers at
 * once.
 */
export async function keeper(bench: BenchStack): Promise<Figure[]> {
  const crew = await createBenchCrew(bench, { slug: 'keeper', program: 'first-words.sh', maxConcurrentRuns: 1 });
  const { containerId, workspaceId } = await startContainer(bench, crew);
  const judge = await startLlmUpstream(
    { turns: [], sequence: [{ text: JSON.stringify(SAYS) }] },
    { port: bench.providerPort },
  );
  try {
    const crewship = bench.crewshipIn(workspaceId);
    const store = (body: { name: string; type: 'SECRET' | 'API_KEY'; provider?: string; crew_ids?: string[] }) =>
      crewship.request('POST /api/v1/credentials', { body: { value: 'no-secret-of-anybody', ...body } });
    const key = await store({ name: 'judge', type: 'API_KEY', provider: 'ANTHROPIC' });
    const model = { provider: 'anthropic' as const, model: 'claude-haiku-4-5', credential_id: key.id };
    await crewship.request('PUT /api/v1/admin/llm-config', { body: { default: model, version: 0 } });
    const secret = await store({ name: 'SECRET', type: 'SECRET', crew_ids: [crew.id] });
    const ask = createAsking(bench, crew, workspaceId, secret.id);
    return [await fastPath(bench, ask), await execution(bench, ask, containerId)];
  } finally {
    await judge.close();
  }
}

type Ask = (what: 'request' | 'execute', more?: object) => Promise<void>;

async function fastPath(bench: BenchStack, ask: Ask): Promise<Figure> {
  const bare = await startLimitProcess('bare-server', {
    CREWSHIP_BENCH_DATABASE_URL: bench.stack.services.databaseUrl,
  });
  const agent = new http.Agent({ keepAlive: true });
  try {
    const transaction = () => post({ url: `${bare.address}/transaction`, agent }, {});
    const measure = async (call: () => Promise<unknown>) => {
      const due = (seconds: number) => Array.from({ length: seconds * PER_SECOND });
      await callAtRate(due(WARM_UP_SECONDS), { perSecond: PER_SECOND, call });
      return percentile(await callAtRate(due(SECONDS), { perSecond: PER_SECOND, call }), 99);
    };
    return atMost({
      name: 'keeper-fast-path',
      value: await measure(() => ask('request')),
      unit: 'ms p99',
      target: 25,
      limit: await measure(transaction),
      limitName: `an empty transaction behind bare Fastify, also at ${PER_SECOND}/s`,
    });
  } finally {
    agent.destroy();
    await bare.stop();
  }
}

async function execution(bench: BenchStack, ask: Ask, crewContainerId: string): Promise<Figure> {
  const added: number[] = [];
  const bare: number[] = [];
  for (let number = 0; number < WARM_UP_COMMANDS + COMMANDS; number += 1) {
    const bareMs = await took(() => oneShot(bench, crewContainerId));
    // The same command again would be one too many.
    const askedMs = await took(() => ask('execute', { command: `true ${number}` }));
    if (number < WARM_UP_COMMANDS) continue;
    bare.push(bareMs);
    added.push(askedMs - bareMs);
  }
  return atMost({
    name: 'keeper-execute',
    value: percentile(added, 50),
    unit: 'ms p50',
    target: 100,
    limit: percentile(bare, 50),
    limitName: 'a container of the same image and network that runs the same program, made, awaited and removed',
  });
}

async function took(call: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await call();
  return performance.now() - since;
}

async function oneShot(bench: BenchStack, crewContainerId: string): Promise<void> {
  const { Config } = await bench.docker.getContainer(crewContainerId).inspect();
  const container = await bench.docker.createContainer({
    Image: Config.Image,
    User: '1001:1001',
    Entrypoint: ['/bin/true'],
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: { NetworkMode: `container:${crewContainerId}`, ReadonlyRootfs: true },
  });
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  await container.start();
  stream.end('no-secret-of-anybody');
  await container.wait();
  await container.remove({ force: true });
}

/** An agent of the crew that asks, as its sidecar passes it on. Rejects unless it is allowed. */
function createAsking(bench: BenchStack, crew: BenchCrew, workspaceId: string, credentialId: string): Ask {
  const config = parseConfig(bench.stack.processEnv);
  const token = loadInternalTokens(config).issue({ kind: 'crew', workspaceId, crewId: crew.id });
  const socketPath = path.join(config.socketsDir, crew.id, 'api.sock');
  const agent = new http.Agent({ keepAlive: true });
  return async (what, more = {}) => {
    const answer = await post(
      { socketPath, path: `/api/v1/internal/keeper/${what}`, agent, headers: { 'x-internal-token': token } },
      { requesting_agent_id: crew.leadId, credential_id: credentialId, intent: INTENT, ...more },
    );
    if (answer.decision !== 'ALLOW') throw new Error(`the keeper answered ${JSON.stringify(answer)}`);
  };
}

interface Target {
  readonly url?: string;
  readonly socketPath?: string;
  readonly path?: string;
  readonly agent: http.Agent;
  readonly headers?: Readonly<Record<string, string>>;
}

async function post(to: Target, body: object): Promise<Record<string, unknown>> {
  const { url, ...options } = to;
  const headers = { 'content-type': 'application/json', ...options.headers };
  const request =
    url === undefined
      ? http.request({ ...options, method: 'POST', headers })
      : http.request(url, { ...options, method: 'POST', headers });
  request.end(JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const piece of response) text += String(piece);
  if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/** The crew's container, which stays up when its first mission is over. */
async function startContainer(
  bench: BenchStack,
  crew: BenchCrew,
): Promise<{ containerId: string; workspaceId: string }> {
  await startMission(bench, crew, await createChainMission(bench, crew, 1));
  const read = async () => {
    const { rows } = await bench.rows.query<{ container_id: string; workspace_id: string }>(
      `select c.container_id, c.workspace_id from crews c
       where c.id = $1 and c.container_status = 'running'
         and exists (select 1 from runs r where r.crew_id = c.id and r.status = 'COMPLETED')`,
      [crew.id],
    );
    return rows[0];
  };
  await untilRows('the crew’s container runs', DEADLINE_MS, async () => (await read()) !== undefined);
  const { container_id: containerId, workspace_id: workspaceId } = (await read())!;
  return { containerId, workspaceId };
}
