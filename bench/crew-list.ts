import type { BenchStack } from './bench-stack.ts';
import { createCrewship } from '../clients/typescript/src/index.ts';
import { inParallel } from './constant-rate.ts';
import type { Figure } from './figure.ts';
import { listRates } from './list-rate.ts';

const CREWS = 20;

/** Lists of 20 crews under row-level security, from one API process, by each way to say who calls. */
export async function crewList(bench: BenchStack): Promise<Figure[]> {
  const { workspaceId, path } = await makeCrews(bench, 'bench-lists');
  const items = (body: unknown) => (body as unknown[]).length;
  const ways = Object.entries(await credentialsOf(bench, workspaceId));
  return listRates(
    bench,
    { path, items, length: CREWS },
    ways.map(([name, headers]) => ({ name: `crew-list-${name}`, headers, target: 5_000, targetP99Ms: 25 })),
  );
}

/** A workspace of 20 crews, and the path that lists them. */
async function makeCrews(bench: BenchStack, slug: string): Promise<{ workspaceId: string; path: string }> {
  const { id: workspaceId } = await bench.crewship.request('POST /api/v1/workspaces', {
    body: { name: 'Bench lists', slug },
  });
  const crewship = bench.crewshipIn(workspaceId);
  await inParallel(Array.from({ length: CREWS }), 4, (_, index) =>
    crewship.request('POST /api/v1/crews', { body: { name: `Listed crew ${index}`, slug: `listed-${index}` } }),
  );
  return { workspaceId, path: `/api/v1/crews?workspace_id=${workspaceId}` };
}

/** The admin's credentials of each kind, as headers. */
async function credentialsOf(
  bench: BenchStack,
  workspaceId: string,
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const { access_token: token } = await createCrewship({ baseUrl: bench.stack.apiUrl }).request(
    'POST /api/v1/auth/login',
    { body: { username: bench.admin.email, password: bench.admin.password, workspace_id: workspaceId } },
  );
  const { key } = await createCrewship({ baseUrl: bench.stack.apiUrl, token }).request('POST /api/v1/auth/api-keys', {
    body: { name: 'Bench' },
  });
  return {
    'cli-token': { authorization: `Bearer ${bench.token}` },
    cookie: { cookie: await cookieOf(bench) },
    'access-token': { authorization: `Bearer ${token}` },
    'api-key': { 'x-crewos-api-key': key! },
  };
}

/** The session cookie of a browser that signs in. */
async function cookieOf({ stack, admin }: BenchStack): Promise<string> {
  const pairsOf = (response: Response) => response.headers.getSetCookie().map((line) => line.split(';', 1)[0]!);
  const csrf = await fetch(`${stack.apiUrl}/api/auth/csrf`);
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  const answer = await fetch(`${stack.apiUrl}/api/auth/callback/credentials`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: pairsOf(csrf).join('; ') },
    body: JSON.stringify({ csrfToken, email: admin.email, password: admin.password }),
  });
  const cookie = pairsOf(answer).find((pair) => pair.startsWith('authjs.session-token='));
  if (cookie === undefined) throw new Error(`the browser was not signed in: ${answer.status} ${await answer.text()}`);
  return cookie;
}
