import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { createPasswords } from '../../../platform/crypto/passwords.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

const LOGINS = 60;
const READS = 20;
const api = perFile(() => startTestApi());
const owner = perFile(() => api.addOwner());

test('many who sign in at once take nothing from other requests: neither the process’s time nor its threads', async () => {
  const password = 'correct horse battery';
  const hash = await createPasswords().hash(password);
  // Of one person so many at once would be refused.
  const people = await Promise.all(Array.from({ length: LOGINS }, () => api.addUser()));
  const ids = people.map(({ id }) => id);
  const emails = await api.database.systemTransaction({}, (tx) =>
    tx.any<{ email: string }>(
      sql`UPDATE users SET password_hash = ${hash} WHERE id = ANY (${sql.array(ids, 'text')}) RETURNING email`,
    ),
  );
  let signedIn = 0;
  const logins = emails.map(async ({ email }) => {
    const payload = { username: email, password };
    const answer = await api.call(null, { method: 'POST', url: '/api/v1/auth/login', payload });
    signedIn += 1;
    return answer.statusCode;
  });
  // The first of them are at their passwords, the others wait.
  await expect.poll(() => signedIn, { interval: 1 }).toBeGreaterThan(0);
  const atFirst = signedIn;
  for (let read = 0; read < READS; read += 1) {
    expect((await owner.send('GET', '/api/v1/crews')).statusCode).toBe(200);
    // What files are looked up with are the threads that passwords are checked on.
    await stat(import.meta.filename);
  }
  const meanwhile = signedIn - atFirst;
  expect(new Set(await Promise.all(logins))).toEqual(new Set([200]));
  expect(meanwhile, `${READS} reads and looks at files took as long as ${meanwhile} sign-ins`).toBeLessThan(
    LOGINS - 10,
  );
});
