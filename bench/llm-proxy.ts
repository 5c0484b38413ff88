import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { bundleSidecar } from '../sidecar/bundle.ts';
import { findFreePort } from '../deploy/local/supervision/free-port.ts';
import { untilRows } from './bench-crew.ts';
import type { BenchStack } from './bench-stack.ts';
import { atMost, type Figure } from './figure.ts';
import { startLimitProcess } from './limits/limit-process.ts';
import { percentile } from './percentile.ts';
import { openReportingCrew, type ReportingCrew } from './reporting-crew.ts';

const CALLS = 600;
const WARM_UP_CALLS = 100;
/** What an agent in the middle of its work sends. */
const BODY = JSON.stringify({
  model: 'claude-opus-4-7',
  max_tokens: 4_000,
  stream: true,
  messages: [{ role: 'user', content: 'word '.repeat(10_000) }],
});

/**
 * What reserving, adding the key and reading the usage add to a call of a model: the time of a whole streamed call
 * through the bundled sidecar and the API, less that of the call beside it straight to the same provider, one after the
 * other.
 */
export async function llmProxy(bench: BenchStack): Promise<Figure[]> {
  const crew = await openReportingCrew(bench, 'bench-llm-proxy');
  const crewship = bench.crewshipIn(crew.workspaceId);
  await crewship.request('POST /api/v1/paymaster/budgets', {
    body: { scope_kind: 'crew', scope_id: crew.id, window: 'day', limit_usd: '100000', mode: 'hard' },
  });
  await crewship.request('POST /api/v1/credentials', {
    body: { name: 'bench', type: 'API_KEY', provider: 'ANTHROPIC', value: 'no-secret' },
  });
  const provider = await startLimitProcess('llm-provider', { CREWSHIP_BENCH_PORT: String(bench.providerPort) });
  const sidecar = await startSidecar(crew);
  try {
    const direct = { url: `${provider.address}/v1/messages`, headers: {} };
    const proxied = {
      url: `http://127.0.0.1:${sidecar.port}/llm/anthropic/v1/messages`,
      headers: { 'x-run-token': crew.headers[0]!['x-run-token']! },
    };
    const added: number[] = [];
    const bare: number[] = [];
    for (let index = 0; index < WARM_UP_CALLS + CALLS; index += 1) {
      const directMs = await callMs(direct);
      const proxiedMs = await callMs(proxied);
      if (index < WARM_UP_CALLS) continue;
      bare.push(directMs);
      added.push(proxiedMs - directMs);
    }
    await untilRows('every call is in the ledger', 30_000, async () => {
      const { rows } = await bench.rows.query('select count(*)::int as n from cost_ledger where crew_id = $1', [
        crew.id,
      ]);
      return (rows[0] as { n: number }).n === WARM_UP_CALLS + CALLS;
    });
    return [
      atMost({
        name: 'llm-proxy',
        value: percentile(added, 99),
        unit: 'ms p99',
        target: 13,
        limit: percentile(bare, 99),
        limitName:
          `the same call straight to the provider, ${CALLS} of each in turn ` +
          `(added at p50: ${percentile(added, 50).toFixed(1)} ms)`,
      }),
    ];
  } finally {
    await sidecar.stop();
    await provider.stop();
  }
}

const agent = new http.Agent({ keepAlive: true });

/** Milliseconds of one call, up to the end of its answer. */
async function callMs({ url, headers }: { url: string; headers: Record<string, string> }): Promise<number> {
  const since = performance.now();
  const request = http.request(url, {
    method: 'POST',
    agent,
    headers: { ...headers, 'content-length': String(BODY.length) },
  });
  request.end(BODY);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
  return performance.now() - since;
}

/** The sidecar as it runs in a container: the bundle, under its memory limit. */
async function startSidecar(crew: ReportingCrew): Promise<{ port: number; stop(): Promise<void> }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-bench-'));
  const bundle = await bundleSidecar(directory);
  const port = await findFreePort();
  const child = spawn(process.execPath, ['--max-old-space-size=96', bundle.path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const token = crew.headers[0]!['x-internal-token'];
  const about = { workspace_id: crew.workspaceId, crew_id: crew.id, crew_token: token, token_fp: 'bench' };
  child.stdin.write(`${JSON.stringify({ ...about, api_socket_path: crew.socketPath, listen_port: port })}\n`);
  await once(child.stdout, 'data');
  return {
    port,
    async stop() {
      agent.destroy();
      child.kill('SIGTERM');
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
