import { expect, test } from 'vitest';
import { transactionEffects } from '../../commands/effects.ts';
import { openDatabase } from '../../db/kernel/database.ts';
import { createReadPool } from '../../db/kernel/read-pool.ts';
import { sql } from '../../db/kernel/sql.ts';
import { openTcpGate } from '../platform/bus/tcp-gate.ts';
import { eventually } from '../support/test-crew.ts';
import { createTestDatabase } from '../support/test-database.ts';

test('a connection that is cut while a read is under way costs that read and nothing else', async () => {
  const database = await createTestDatabase();
  const url = new URL(database.appUrl);
  const gate = await openTcpGate({ host: url.hostname, port: Number(url.port) });
  url.port = String(gate.port);
  const options = { poolSize: 2, applicationName: 'cut', onError: () => {} };
  const cut = createReadPool({ ...options, url: url.toString() });
  const direct = createReadPool({ ...options, url: database.appUrl });
  try {
    const reading = cut.any([], sql`SELECT pg_sleep(20)`).catch((error: unknown) => error);
    await eventually(
      () =>
        direct.any(
          [],
          sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'`,
        ),
      (rows) => rows.length === 1,
    );
    await gate.shut();
    expect(await reading).toMatchObject({ code: 'unavailable' });
    // Refused from now on; the caller is told to try again.
    await expect(cut.any([], sql`SELECT 1`)).rejects.toMatchObject({ code: 'unavailable' });
    await gate.open();
    expect(await cut.any([], sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  } finally {
    await Promise.all([cut.end(), direct.end()]);
    await gate.shut();
    await database.drop();
  }
});

test('a process that starts while the database is away waits for it', async () => {
  const database = await createTestDatabase();
  const real = new URL(database.appUrl);
  const gate = await openTcpGate({ host: real.hostname, port: Number(real.port) });
  const throughGate = (address: string) => {
    const url = new URL(address);
    url.port = String(gate.port);
    return url.toString();
  };
  await gate.shut();
  const refused = Promise.withResolvers<Error>();
  const opening = openDatabase({
    effects: transactionEffects,
    appUrl: throughGate(database.appUrl),
    systemUrl: throughGate(database.systemUrl),
    writePoolSize: 1,
    readPoolSize: 1,
    systemPoolSize: 1,
    applicationName: 'waits',
    onConnectionError: refused.resolve,
  });
  expect(await refused.promise).toMatchObject({ code: 'unavailable' });
  await gate.open();
  const opened = await opening;
  expect(await opened.reads.any([], sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  await opened.end();
  await gate.shut();
  await database.drop();
});
