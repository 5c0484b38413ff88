import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PartName } from '../../../deploy/local/services/part.ts';
import { type RunningServices, startServices } from '../../../deploy/local/services/start-services.ts';

/** One part of the test's own, whose data can be lost or set back while it is stopped. */
export interface OwnService {
  readonly running: RunningServices;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Where its data is. */
  readonly files: string;
  /** Copies the data of the stopped part. */
  backUp(): Promise<void>;
  /** Puts the copy in place of the stopped part's data. */
  restore(): Promise<void>;
  remove(): Promise<void>;
}

const FOLDERS: Partial<Record<PartName, string>> = { temporal: 'temporal', postgres: 'postgres/cluster' };

/** Port and secrets stay the same from start to start. */
export async function openOwnService(part: 'temporal' | 'postgres'): Promise<OwnService> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), `crewship-own-${part}-`));
  await chmod(dataDir, 0o711);
  const files = path.join(dataDir, FOLDERS[part]!);
  const copy = path.join(dataDir, 'copy');
  let running: RunningServices;
  async function start(): Promise<void> {
    const env = { ...process.env, TEMPORAL_ADDRESS: undefined, DATABASE_URL: undefined };
    running = await startServices({ dataDir, parts: [part], log: () => {}, env });
  }
  await start();
  // With owners, modes and times: Postgres refuses files of anybody else.
  const copyAll = async (from: string, to: string) => {
    await rm(to, { recursive: true, force: true });
    await promisify(execFile)('cp', ['-a', from, to]);
  };
  return {
    get running() {
      return running;
    },
    start,
    files,
    stop: () => running.stop(),
    backUp: () => copyAll(files, copy),
    restore: () => copyAll(copy, files),
    async remove() {
      await running.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
