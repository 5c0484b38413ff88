import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createCrewship, type Crewship, CrewshipProblem } from '../../../clients/typescript/src/index.ts';

/**
 * The admin's CLI token as a header line, mode 0600: `curl -H @<file>` then sends it without showing it in a process
 * list or a shell's history.
 */
const AUTH_HEADER_FILE = 'auth-header';
const HEADER = 'Authorization: Bearer ';
const ADMIN = { full_name: 'Demo Admin', email: 'admin@example.com' };

/** The admin of this data folder, made at the first call. */
export async function signIn(
  apiUrl: string,
  dataDir: string,
  log: (line: string) => void,
): Promise<{ crewship: Crewship; authHeaderFile: string }> {
  const authHeaderFile = path.join(dataDir, AUTH_HEADER_FILE);
  try {
    // Nobody signs in with this password: the token is what everything here uses.
    const password = crypto.randomUUID();
    const stranger = createCrewship({ baseUrl: apiUrl });
    const body = { ...ADMIN, password };
    const { email, cli_token: token } = await stranger.request('POST /api/v1/bootstrap', { body });
    await writeFile(authHeaderFile, `${HEADER}${token}\n`, { mode: 0o600 });
    log(`bootstrapped: ${email} with a workspace; the token is in ${authHeaderFile}`);
    return { crewship: createCrewship({ baseUrl: apiUrl, token }), authHeaderFile };
  } catch (error) {
    if (!(error instanceof CrewshipProblem) || error.code !== 'already_bootstrapped') throw error;
  }
  const crewship = createCrewship({ baseUrl: apiUrl, token: await readToken(authHeaderFile) });
  const { user_email: email } = await crewship.request('GET /api/v1/auth/cli-token/validate');
  log(`this instance has its admin already: signed in as ${email} with the token in ${authHeaderFile}`);
  return { crewship, authHeaderFile };
}

async function readToken(file: string): Promise<string> {
  try {
    const line = (await readFile(file, 'utf8')).trim();
    if (line.startsWith(HEADER)) return line.slice(HEADER.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  throw new Error(
    `this instance has an admin, but ${file} does not hold a token of theirs. ` +
      `Write "${HEADER}<a CLI token>" into it, or set CREWSHIP_DATA_DIR to a folder of its own for the demo.`,
  );
}
