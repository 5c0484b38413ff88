import { expect, test } from 'vitest';
import { createCrewship } from '../../../clients/typescript/src/index.ts';
import { findFreePort } from '../../../deploy/local/supervision/free-port.ts';
import { bootstrap } from '../../support/api-client.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { perFile } from '../../support/world/per-file.ts';

const engine = perFile(() => createTestEngine({ processes: ['api'] }));
/** Another process of the instance, which hears of the first one's commits over Redis alone. */
const other = perFile(async () => {
  const port = await findFreePort();
  await engine.start(
    'api',
    {
      ...{ CREWSHIP_LISTEN_PORT: String(port), CREWSHIP_API_ROLE: 'public' },
      // What was revoked counts as wrong.
      CREWSHIP_ATTEMPTS_PER_MINUTE: '1000',
    },
    'other-api',
  );
  return { url: `http://127.0.0.1:${port}` };
});
const ada = perFile(() => bootstrap(engine.apiUrl));

const ROUNDS = 10;
const LONGEST_MS = 1_000;

test('a token, a key or a session that one process revokes is refused by another within a second', async () => {
  const base = other.url;
  const statusOf = async (headers: Record<string, string>) =>
    (await fetch(`${base}/api/v1/workspaces`, { headers })).status;
  async function refusedAfterMs(headers: Record<string, string>): Promise<number> {
    const since = performance.now();
    while ((await statusOf(headers)) === 200) if (performance.now() - since > 5 * LONGEST_MS) break;
    return performance.now() - since;
  }
  for (let round = 0; round < ROUNDS; round++) {
    const made = await ada.crewship.request('POST /api/v1/auth/cli-token', { body: { name: 'short' } });
    const headers = { authorization: `Bearer ${made.token}` };
    // Known here from now on, and not looked up again for each request.
    expect(await statusOf(headers)).toBe(200);
    await ada.crewship.request('DELETE /api/v1/auth/cli-tokens/{tokenId}', { params: { tokenId: made.id } });
    expect(await refusedAfterMs(headers)).toBeLessThan(LONGEST_MS);
  }

  const program = await createCrewship({ baseUrl: engine.apiUrl, repeatForMs: 0 }).request('POST /api/v1/auth/login', {
    body: { username: 'ada@example.com', password: 'correct horse battery' },
  });
  const bearer = { authorization: `Bearer ${program.access_token}` };
  const asProgram = createCrewship({ baseUrl: engine.apiUrl, token: program.access_token, repeatForMs: 0 });
  const key = await asProgram.request('POST /api/v1/auth/api-keys', { body: { name: 'short' } });
  const shown = { 'x-crewos-api-key': key.key! };
  expect(await statusOf(shown)).toBe(200);
  await asProgram.request('DELETE /api/v1/auth/api-keys/{keyId}', { params: { keyId: key.id } });
  expect(await refusedAfterMs(shown)).toBeLessThan(LONGEST_MS);
  expect(await statusOf(bearer)).toBe(200);
  await asProgram.request('POST /api/v1/auth/logout');
  expect(await refusedAfterMs(bearer)).toBeLessThan(LONGEST_MS);

  const signedIn = await signIn();
  expect(await statusOf({ cookie: signedIn.cookie })).toBe(200);
  const [session] = await ada.crewship.request('GET /api/v1/auth/sessions');
  await ada.crewship.request('POST /api/v1/auth/sessions/{authSessionId}/revoke', {
    params: { authSessionId: session!.id },
  });
  expect(await refusedAfterMs({ cookie: signedIn.cookie })).toBeLessThan(LONGEST_MS);
});

/** As a browser does it, at the first process. */
async function signIn(): Promise<{ cookie: string }> {
  const csrf = await fetch(`${engine.apiUrl}/api/auth/csrf`);
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  const cookieOf = (response: Response, name: string): string =>
    response.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0]!)
      .find((pair) => pair.startsWith(`${name}=`))!;
  const answer = await fetch(`${engine.apiUrl}/api/auth/callback/credentials`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/json', cookie: cookieOf(csrf, 'authjs.csrf-token') },
    body: JSON.stringify({ csrfToken, email: 'ada@example.com', password: 'correct horse battery', json: true }),
  });
  return { cookie: cookieOf(answer, 'authjs.session-token') };
}
