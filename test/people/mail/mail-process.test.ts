import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { queueMail } from '../../../commands/people/mail/queue-mail.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { startChild } from '../../support/child-process.ts';
import { TEST_REDIS_URL, TEST_TEMPORAL_ADDRESS } from '../../support/test-services.ts';
import { startMailServer } from '../../support/world/mail-server.ts';
import { perFile } from '../../support/world/per-file.ts';
import { useDatabase } from '../../support/world/use-database.ts';

/** The relay of a process looks for what others left every two seconds. */
const PATIENCE = { timeout: 15_000, interval: 100 };
const { db, owner, testDatabase } = useDatabase();
const server = perFile(() => startMailServer());

test('the side-effects process sends what a transaction left, and its log tells nothing of it', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-mail-'));
  const logFile = path.join(directory, 'side-effects.log');
  const key = randomBytes(32);
  const token = randomBytes(32).toString('hex');
  const recipient = 'ada@example.com';
  const child = await startChild(
    'workers/side-effects.ts',
    {
      CREWSHIP_APP_DATABASE_URL: testDatabase.appUrl,
      CREWSHIP_SYSTEM_DATABASE_URL: testDatabase.systemUrl,
      REDIS_URL: TEST_REDIS_URL,
      TEMPORAL_ADDRESS: TEST_TEMPORAL_ADDRESS,
      CREWSHIP_STACK_ID: `test-${randomBytes(4).toString('hex')}`,
      CREWSHIP_LOG_LEVEL: 'debug',
      ENCRYPTION_KEY: key.toString('hex'),
      CREWSHIP_SMTP_URL: `smtp://127.0.0.1:${server.port}`,
      CREWSHIP_MAIL_FROM: 'crewship@crewship.example',
      CREWSHIP_PUBLIC_URL: 'https://crewship.example',
    },
    logFile,
  );
  try {
    // Its relay finds the command, and its queue the mail.
    await db.systemTransaction({}, (tx) =>
      queueMail(tx, createKeyRing(new Map([[1, key]])), {
        ...{ kind: 'reset_password', recipient, token, workspaceId: null, validSeconds: 600 },
      }),
    );
    expect((await server.newestTo(recipient)).text).toContain(`https://crewship.example/reset?token=${token}`);
    await vi.waitFor(async () => {
      const { rows } = await owner.query('SELECT status, sealed_token FROM mails');
      expect(rows).toEqual([{ status: 'sent', sealed_token: null }]);
      expect((await owner.query(`SELECT 1 FROM outbox WHERE kind = 'wake'`)).rows).toEqual([]);
    }, PATIENCE);
    const log = await readFile(logFile, 'utf8');
    expect(log).not.toContain(token);
    expect(log).not.toContain(recipient);
    expect(await child.stop()).toBe(0);
  } finally {
    await child.kill();
    await rm(directory, { recursive: true, force: true });
  }
});
