import autocannon from 'autocannon';
import type { BenchStack } from './bench-stack.ts';
import { cpuMsOf } from './cpu-time.ts';
import { atLeast, atMost, type Figure } from './figure.ts';
import { startLimitProcess } from './limits/limit-process.ts';

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 2;
const SECONDS = 5;

/** How a list is asked for, and how fast it should come. */
export interface ListToAsk {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests a second. */
  readonly target: number;
  readonly targetP99Ms?: number;
}

interface Load {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** CPU time of the process that answers, a request: what a machine that does other things beside leaves as it is. */
  readonly cpuUs: number;
}

/** Authenticated requests a second for a list, asked for in each way in turn, beside those for its bare bytes. */
export async function listRates(
  bench: BenchStack,
  list: { readonly path: string; readonly items: (body: unknown) => number; readonly length: number },
  ways: readonly ListToAsk[],
): Promise<Figure[]> {
  const url = `${bench.stack.apiUrl}${list.path}`;
  let body = '';
  for (const { name, headers } of ways) {
    body = await (await fetch(url, { headers })).text();
    if (list.items(JSON.parse(body)) !== list.length) throw new Error(`${name}: the list is not of ${list.length}`);
  }
  const bare = await startLimitProcess('bare-server', {
    CREWSHIP_BENCH_BODY: body,
    CREWSHIP_BENCH_DATABASE_URL: bench.stack.processEnv.CREWSHIP_APP_DATABASE_URL,
  });
  try {
    const measured: [ListToAsk, Load][] = [];
    for (const way of ways) measured.push([way, await load(url, bench.stack.processId('api'), way.headers)]);
    const afterSelect = await load(`${bare.address}/bytes-after-select`, bare.pid);
    const bytes = await load(`${bare.address}/bytes`, bare.pid);
    return measured.flatMap(([way, found]) => figuresOf(way, found, afterSelect, bytes));
  } finally {
    await bare.stop();
  }
}

function figuresOf(way: ListToAsk, found: Load, afterSelect: Load, bytes: Load): Figure[] {
  const { perSecond, p99Ms, cpuUs } = found;
  const { name, target, targetP99Ms } = way;
  const limitName =
    `bare Fastify with the same bytes after a select 1, also over ${CONNECTIONS} connections ` +
    `(${Math.round(bytes.perSecond)} /s without it)`;
  const rate = atLeast({ name, value: perSecond, unit: '/s', target, limit: afterSelect.perSecond, limitName });
  const cpu = atMost({
    ...{ name: `${name}-cpu`, value: cpuUs, unit: 'µs', target: 1_000_000 / target },
    ...{ limit: afterSelect.cpuUs, limitName: 'the same bare Fastify’s time of the processor, a request' },
  });
  if (targetP99Ms === undefined) return [rate, cpu];
  return [
    rate,
    cpu,
    atMost({
      ...{ name: `${name}-p99`, value: p99Ms, unit: 'ms', target: targetP99Ms },
      ...{ limit: afterSelect.p99Ms, limitName: 'the same bare Fastify' },
    }),
  ];
}

/** How many requests a second are answered, all of them with a 2xx, and how late the slowest of a hundred is. */
async function load(
  url: string,
  pid: number | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<Load> {
  const options = { url, headers, connections: CONNECTIONS };
  await autocannon({ ...options, duration: WARM_UP_SECONDS });
  const sinceMs = cpuMsOf(pid);
  const result = await autocannon({ ...options, duration: SECONDS });
  const usedMs = cpuMsOf(pid) - sinceMs;
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers were not 2xx, ${result.errors} requests failed`);
  }
  const { total } = result.requests;
  return { perSecond: total / result.duration, p99Ms: result.latency.p99, cpuUs: (usedMs * 1_000) / total };
}
