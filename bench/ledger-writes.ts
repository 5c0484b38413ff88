import os from 'node:os';
import path from 'node:path';
import autocannon from 'autocannon';
import type { BenchStack } from './bench-stack.ts';
import { atLeast, atMost, type Figure } from './figure.ts';
import { startLimitProcess } from './limits/limit-process.ts';
import { openReportingCrew } from './reporting-crew.ts';

const CONNECTIONS = 128;
const WARM_UP_SECONDS = 4;
const SECONDS = 8;

interface Load {
  readonly socketPath: string;
  readonly url: string;
  readonly headers: readonly Readonly<Record<string, string>>[];
  readonly body: object;
}

/** What the sidecar reports after an LLM call: a row, its entries and every counter, durable before the answer. */
export function costRecord(bench: BenchStack): Promise<Figure[]> {
  return writeRate(bench, 'cost-record', '/api/v1/internal/cost/record', {
    provider: 'anthropic',
    model: 'claude-opus-4-7',
    input_tokens: 12_483,
    output_tokens: 4_521,
    cached_input_tokens: 1_024,
    cache_creation_tokens: 0,
    billing_mode: 'metered',
    subscription_plan: '',
    quota_remaining_pct: 0.42,
    quota_window: 'tokens',
    had_status_429: false,
  });
}

/** Journal entries of the sidecar, durable before the answer. */
export function journalEmit(bench: BenchStack): Promise<Figure[]> {
  return writeRate(bench, 'journal-emit', '/api/v1/internal/journal/emit', {
    type: 'network.egress',
    summary: 'CONNECT registry.example.com:443',
    payload: { host: 'registry.example.com', port: 443, bytes_in: 48_213, bytes_out: 1_201, decision: 'allowed' },
  });
}

async function writeRate(bench: BenchStack, name: string, url: string, body: object): Promise<Figure[]> {
  const crew = await openReportingCrew(bench, `bench-${name}`);
  const socketPath = path.join(os.tmpdir(), `bench-${process.pid}.sock`);
  const bare = await startLimitProcess('bare-ledger', {
    CREWSHIP_BENCH_DATABASE_URL: bench.stack.services.databaseUrl,
    CREWSHIP_BENCH_SOCKET: socketPath,
  });
  try {
    const said = { workspace_id: crew.workspaceId, ...body };
    const measured = await run({ socketPath: crew.socketPath, url, headers: crew.headers, body: said });
    const headers = [{ 'content-type': 'application/json' }];
    const limit = await run({ socketPath, url: '/report', headers, body });
    const limitName = `bare Fastify with one unnest insert a batch, also over ${CONNECTIONS} connections`;
    return [
      atLeast({ name, value: measured.perSecond, unit: '/s', target: 6_000, limit: limit.perSecond, limitName }),
      atMost({ name: `${name}-p99`, value: measured.p99Ms, unit: 'ms p99', target: 50, limit: limit.p99Ms, limitName }),
    ];
  } finally {
    await bare.stop();
  }
}

async function run(load: Load): Promise<{ perSecond: number; p99Ms: number }> {
  const body = JSON.stringify(load.body);
  const options = {
    url: 'http://localhost',
    socketPath: load.socketPath,
    connections: CONNECTIONS,
    requests: load.headers.map((headers) => ({ method: 'POST' as const, path: load.url, headers, body })),
  };
  await autocannon({ ...options, duration: WARM_UP_SECONDS });
  const result = await autocannon({ ...options, duration: SECONDS });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${load.url}: ${result.non2xx} answers were not 2xx, ${result.errors} requests failed`);
  }
  return { perSecond: result.requests.total / result.duration, p99Ms: result.latency.p99 };
}
