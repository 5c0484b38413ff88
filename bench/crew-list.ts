import autocannon from 'autocannon';
import type { BenchStack } from './bench-stack.ts';
import { inParallel } from './constant-rate.ts';
import { atLeast, type Figure } from './figure.ts';
import { startLimitProcess } from './limits/limit-process.ts';

const CREWS = 20;
const CONNECTIONS = 64;
const WARM_UP_SECONDS = 2;
const SECONDS = 5;

/** Authenticated lists of 20 crews under row-level security, from one API process. */
export async function crewList(bench: BenchStack): Promise<Figure[]> {
  const workspace = await bench.api.call<{ id: string }>('POST', '/api/v1/workspaces', {
    name: 'Bench lists',
    slug: 'bench-lists',
  });
  const path = `/api/v1/crews?workspace_id=${workspace.id}`;
  await inParallel(Array.from({ length: CREWS }), 4, (_, index) =>
    bench.api.call('POST', path, { name: `Listed crew ${index}`, slug: `listed-${index}` }),
  );
  const url = `${bench.stack.apiUrl}${path}`;
  const headers = { authorization: `Bearer ${bench.token}` };
  const body = await (await fetch(url, { headers })).text();
  if ((JSON.parse(body) as unknown[]).length !== CREWS) throw new Error(`the list is not of ${CREWS} crews`);

  const bare = await startLimitProcess('bare-server', {
    CREWSHIP_BENCH_BODY: body,
    CREWSHIP_BENCH_DATABASE_URL: bench.stack.processEnv.CREWSHIP_APP_DATABASE_URL,
  });
  try {
    const rate = await requestsPerSecond(url, headers);
    const selectRate = await requestsPerSecond(`${bare.address}/bytes-after-select`);
    const bytesRate = await requestsPerSecond(`${bare.address}/bytes`);
    return [
      atLeast({
        name: 'crew-list',
        value: rate,
        unit: '/s',
        target: 4_000,
        limit: selectRate,
        limitName: `bare Fastify with the same bytes after a select 1, also over ${CONNECTIONS} connections (${Math.round(bytesRate)} /s without it)`,
      }),
    ];
  } finally {
    await bare.stop();
  }
}

async function requestsPerSecond(url: string, headers: Record<string, string> = {}): Promise<number> {
  const load = { url, headers, connections: CONNECTIONS };
  await autocannon({ ...load, duration: WARM_UP_SECONDS });
  const result = await autocannon({ ...load, duration: SECONDS });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers were not 2xx, ${result.errors} requests failed`);
  }
  return result.requests.total / result.duration;
}
