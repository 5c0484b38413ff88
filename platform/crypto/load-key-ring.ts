import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { createFileWhole } from '../host-files/create-file-whole.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';

const KEY_FILE = 'encryption-key';
const KEY = /^[0-9a-f]{64}$/;

/**
 * The instance's keys as configured. Without any it refuses to start, but in local mode, where a key is generated once
 * and kept in the data directory, readable by its owner alone.
 */
export async function loadKeyRing(
  config: Pick<Config, 'CREWSHIP_MODE' | 'CREWSHIP_DATA_DIR' | 'encryptionKeys'>,
): Promise<KeyRing> {
  if (config.encryptionKeys.size > 0) return createKeyRing(fromHex(config.encryptionKeys));
  if (config.CREWSHIP_MODE !== 'local') {
    throw new Error('ENCRYPTION_KEY must be set: what is secret in the database is sealed with it');
  }
  return createKeyRing(fromHex(new Map([[1, await loadLocalKey(config.CREWSHIP_DATA_DIR)]])));
}

function fromHex(keys: ReadonlyMap<number, string>): Map<number, Buffer> {
  return new Map([...keys].map(([version, key]) => [version, Buffer.from(key, 'hex')]));
}

/** The key of the data directory; of processes that start at once, one makes it and the others read it. */
async function loadLocalKey(dataDir: string): Promise<string> {
  const file = path.join(dataDir, KEY_FILE);
  const stored = await readKeyFile(file);
  if (stored !== null) return stored;
  await mkdir(dataDir, { recursive: true });
  await createFileWhole(file, `${randomBytes(32).toString('hex')}\n`);
  const made = await readKeyFile(file);
  if (made === null) throw new Error(`${file} was removed while it was being read`);
  return made;
}

async function readKeyFile(file: string): Promise<string | null> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      if (((await handle.stat()).mode & 0o077) !== 0) throw new Error(`${file} can be read by others: chmod 600 it`);
      const key = (await handle.readFile('utf8')).trim();
      if (!KEY.test(key)) throw new Error(`${file} holds no key; without it what is sealed cannot be opened`);
      return key;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
