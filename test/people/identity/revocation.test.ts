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

const ROUNDS = 5;
const LONGEST_MS = 1_000;

/** A credential as headers, and what ends it at the first process. */
interface Made {
  readonly headers: Record<string, string>;
  revoke(): Promise<unknown>;
}

const KINDS: Readonly<Record<string, () => Promise<Made>>> = {
  async cliToken() {
    const made = await ada.crewship.request('POST /api/v1/auth/cli-token', { body: { name: 'short' } });
    return {
      headers: { authorization: `Bearer ${made.token}` },
      revoke: () => ada.crewship.request('DELETE /api/v1/auth/cli-tokens/{tokenId}', { params: { tokenId: made.id } }),
    };
  },
  async accessToken() {
    const { program, token } = await signInProgram();
    return {
      headers: { authorization: `Bearer ${token}` },
      revoke: () => program.request('POST /api/v1/auth/logout'),
    };
  },
  async apiKey() {
    const { program } = await signInProgram();
    const key = await program.request('POST /api/v1/auth/api-keys', { body: { name: 'short' } });
    return {
      headers: { 'x-crewos-api-key': key.key! },
      revoke: () => program.request('DELETE /api/v1/auth/api-keys/{keyId}', { params: { keyId: key.id } }),
    };
  },
  async cookie() {
    const { cookie } = await signIn();
    const [session] = await ada.crewship.request('GET /api/v1/auth/sessions');
    const params = { authSessionId: session!.id };
    return {
      headers: { cookie },
      revoke: () => ada.crewship.request('POST /api/v1/auth/sessions/{authSessionId}/revoke', { params }),
    };
  },
};

test.each(Object.keys(KINDS))('a %s that one process revokes is refused by another within a second', async (kind) => {
  const statusOf = async (headers: Record<string, string>) =>
    (await fetch(`${other.url}/api/v1/workspaces`, { headers })).status;
  for (let round = 0; round < ROUNDS; round++) {
    const { headers, revoke } = await KINDS[kind]!();
    // Known here from now on, and not looked up again for each request.
    expect(await statusOf(headers)).toBe(200);
    await revoke();
    const since = performance.now();
    while ((await statusOf(headers)) === 200) if (performance.now() - since > 5 * LONGEST_MS) break;
    expect(performance.now() - since).toBeLessThan(LONGEST_MS);
  }
});

async function signInProgram() {
  const { access_token: token } = await createCrewship({ baseUrl: engine.apiUrl, repeatForMs: 0 }).request(
    'POST /api/v1/auth/login',
    { body: { username: 'ada@example.com', password: 'correct horse battery' } },
  );
  return { token, program: createCrewship({ baseUrl: engine.apiUrl, token, repeatForMs: 0 }) };
}

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
