import autocannon from 'autocannon';
import type { BenchStack } from './bench-stack.ts';
import { atLeast, type Figure } from './figure.ts';
import { startLimitProcess } from './limits/limit-process.ts';

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 2;
const SECONDS = 5;

/** Authenticated requests a second for a list, beside those for its bare bytes. */
export async function listRate(
  bench: BenchStack,
  list: { name: string; path: string; target: number; items: (body: unknown) => number; length: number },
): Promise<Figure> {
  const url = `${bench.stack.apiUrl}${list.path}`;
  const headers = { authorization: `Bearer ${bench.token}` };
  const body = await (await fetch(url, { headers })).text();
  if (list.items(JSON.parse(body)) !== list.length) throw new Error(`${list.name}: the list is not of ${list.length}`);
  const bare = await startLimitProcess('bare-server', {
    CREWSHIP_BENCH_BODY: body,
    CREWSHIP_BENCH_DATABASE_URL: bench.stack.processEnv.CREWSHIP_APP_DATABASE_URL,
  });
  try {
    const rate = await requestsPerSecond(url, headers);
    const selectRate = await requestsPerSecond(`${bare.address}/bytes-after-select`);
    const bytesRate = await requestsPerSecond(`${bare.address}/bytes`);
    return atLeast({
      name: list.name,
      value: rate,
      unit: '/s',
      target: list.target,
      limit: selectRate,
      limitName:
        `bare Fastify with the same bytes after a select 1, also over ${CONNECTIONS} connections ` +
        `(${Math.round(bytesRate)} /s without it)`,
    });
  } finally {
    await bare.stop();
  }
}

/** How many requests a second are answered, all of them with a 2xx. */
export async function requestsPerSecond(url: string, headers: Record<string, string> = {}): Promise<number> {
  const load = { url, headers, connections: CONNECTIONS };
  await autocannon({ ...load, duration: WARM_UP_SECONDS });
  const result = await autocannon({ ...load, duration: SECONDS });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers were not 2xx, ${result.errors} requests failed`);
  }
  return result.requests.total / result.duration;
}
