import { createCrewship } from '../clients/typescript/src/index.ts';
import { createPasswords } from '../platform/crypto/passwords.ts';
import type { BenchStack } from './bench-stack.ts';
import { callAtRate, inParallel } from './constant-rate.ts';
import { atLeast, atMost, type Figure } from './figure.ts';
import { percentile } from './percentile.ts';

/** Who sign in all the time: more than are let at their passwords at once. */
const CLIENTS = 16;
const LIST = { perSecond: 100, calls: 500 };

/** What signing in costs, and what it costs those who do something else meanwhile. */
export async function signIns(bench: BenchStack): Promise<Figure[]> {
  const list = () => bench.crewship.request('GET /api/v1/workspaces');
  const listAtRate = async () => {
    const tookMs = await callAtRate(Array.from({ length: LIST.calls }), { ...LIST, call: list });
    return percentile(tookMs, 99);
  };
  const aloneP99 = await listAtRate();

  const anonymous = createCrewship({ baseUrl: bench.stack.apiUrl });
  const [workspace] = await list();
  const body = { username: bench.admin.email, password: bench.admin.password, workspace_id: workspace!.id };
  let isOver = false;
  let signedIn = 0;
  const since = performance.now();
  const signingIn = inParallel(Array.from({ length: CLIENTS }), CLIENTS, async () => {
    while (!isOver) {
      await anonymous.request('POST /api/v1/auth/login', { body });
      signedIn += 1;
    }
  });
  // Heard of below; until then a failure must not count as unhandled.
  signingIn.catch(() => {});
  let besideP99: number;
  try {
    besideP99 = await listAtRate();
  } finally {
    isOver = true;
    await signingIn;
  }
  const perSecond = signedIn / ((performance.now() - since) / 1_000);

  const limit = await hashesPerSecond();
  return [
    atLeast({
      ...{ name: 'sign-ins', value: perSecond, unit: '/s', target: 10 },
      ...{ limit, limitName: 'passwords checked in one process that does nothing else' },
    }),
    atMost({
      ...{ name: 'list-beside-sign-ins-p99', value: besideP99, unit: 'ms', target: 100 },
      ...{ limit: aloneP99, limitName: `the same ${LIST.perSecond} lists a second while nobody signs in` },
    }),
  ];
}

async function hashesPerSecond(): Promise<number> {
  const passwords = createPasswords();
  const stored = await passwords.hash('a password');
  const checks = Array.from({ length: 40 });
  const since = performance.now();
  await inParallel(checks, CLIENTS, () => passwords.verify(stored, 'a password'));
  return checks.length / ((performance.now() - since) / 1_000);
}
