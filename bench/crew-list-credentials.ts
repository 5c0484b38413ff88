import type { BenchStack } from './bench-stack.ts';
import { createCrewship } from '../clients/typescript/src/index.ts';
import { makeCrews } from './crew-list.ts';
import { atLeast, type Figure } from './figure.ts';
import { requestsPerSecond } from './list-rate.ts';

/** The list of 20 crews by each way to say who calls, beside the same by a CLI token. */
export async function crewListCredentials(bench: BenchStack): Promise<Figure[]> {
  const { workspaceId, path } = await makeCrews(bench, 'bench-credentials');
  const url = `${bench.stack.apiUrl}${path}`;
  const { access_token: token } = await createCrewship({ baseUrl: bench.stack.apiUrl }).request(
    'POST /api/v1/auth/login',
    { body: { username: bench.admin.email, password: bench.admin.password, workspace_id: workspaceId } },
  );
  const { key } = await createCrewship({ baseUrl: bench.stack.apiUrl, token }).request('POST /api/v1/auth/api-keys', {
    body: { name: 'Bench' },
  });
  const limit = await requestsPerSecond(url, { authorization: `Bearer ${bench.token}` });
  const figures: Figure[] = [];
  for (const [name, headers] of [
    ['cookie', { cookie: await cookieOf(bench) }],
    ['access-token', { authorization: `Bearer ${token}` }],
    ['api-key', { 'x-crewos-api-key': key! }],
  ] as [string, Record<string, string>][]) {
    const value = await requestsPerSecond(url, headers);
    const limitName = 'the same list by a CLI token';
    figures.push(atLeast({ name: `crew-list-${name}`, value, unit: '/s', target: 4_000, limit, limitName }));
  }
  return figures;
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
