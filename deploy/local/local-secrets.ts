import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What a local stack needs to keep secret; made once for a data folder and never changed. */
export type LocalSecrets = {
  /** 64 hex characters. */
  encryptionKey: string;
  internalToken: string;
  postgresPassword: string;
  appDatabasePassword: string;
  systemDatabasePassword: string;
  redisPassword: string;
  /** Not secret: names this stack on containers and in the environment of its processes. */
  stackId: string;
};

/** Reads `secrets.json` (mode 0600) of the data folder; what is missing in it is generated and stored first. */
export async function loadLocalSecrets(dataDir: string): Promise<LocalSecrets> {
  const file = path.join(dataDir, 'secrets.json');
  const stored = await readStored(file);
  const token = (bytes: number) => randomBytes(bytes).toString('hex');
  const secrets: LocalSecrets = {
    encryptionKey: stored.encryptionKey ?? token(32),
    internalToken: stored.internalToken ?? token(32),
    postgresPassword: stored.postgresPassword ?? token(16),
    appDatabasePassword: stored.appDatabasePassword ?? token(16),
    systemDatabasePassword: stored.systemDatabasePassword ?? token(16),
    redisPassword: stored.redisPassword ?? token(16),
    stackId: stored.stackId ?? token(6),
  };
  if (Object.keys(stored).length < Object.keys(secrets).length) {
    await mkdir(dataDir, { recursive: true });
    await writeFile(`${file}.new`, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  return secrets;
}

async function readStored(file: string): Promise<Partial<LocalSecrets>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Partial<LocalSecrets>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${file} cannot be read; without it the stored data cannot be opened`, { cause: error });
  }
}
