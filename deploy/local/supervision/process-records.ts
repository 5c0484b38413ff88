import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive, type ProcessIdentity, signalProcess } from './process-identity.ts';

export type ProcessRecord = { identity: ProcessIdentity; fingerprint: string; stopSignal: NodeJS.Signals };

/**
 * What the supervisor started, kept on disk so that the next supervisor finds what a killed one left behind.
 * Synchronous on purpose: the record is written in the same tick as the spawn, so no kill can come between.
 */
export type ProcessRecords = {
  /** The record of a process that still runs. A record of a dead one is removed. */
  findLive: (name: string) => ProcessRecord | undefined;
  listLive: () => string[];
  write: (name: string, record: ProcessRecord) => void;
  remove: (name: string) => void;
  /** SIGKILL for every live recorded process and its group: the last resort of a forced stop. */
  killAll: () => void;
};

export function openProcessRecords(directory: string): ProcessRecords {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fileOf = (name: string) => path.join(directory, `${name}.json`);

  function findLive(name: string): ProcessRecord | undefined {
    let text: string;
    try {
      text = readFileSync(fileOf(name), 'utf8');
    } catch {
      return undefined;
    }
    const record = JSON.parse(text) as ProcessRecord;
    if (isAlive(record.identity)) return record;
    rmSync(fileOf(name), { force: true });
    return undefined;
  }

  function listLive(): string[] {
    const names = readdirSync(directory).filter((file) => file.endsWith('.json'));
    return names.map((file) => file.slice(0, -'.json'.length)).filter((name) => findLive(name) !== undefined);
  }

  return {
    findLive,
    listLive,
    write(name, record) {
      // Renamed into place: a reader after a crash sees the whole record or none.
      writeFileSync(`${fileOf(name)}.new`, JSON.stringify(record), { mode: 0o600 });
      renameSync(`${fileOf(name)}.new`, fileOf(name));
    },
    remove(name) {
      rmSync(fileOf(name), { force: true });
    },
    killAll() {
      for (const name of listLive()) {
        const record = findLive(name);
        if (record) signalProcess(record.identity, 'SIGKILL', true);
      }
    },
  };
}

/** Identifies a command line: a leftover is adopted only if it runs exactly what would be started now. */
export function fingerprintCommand(command: string, args: readonly string[], extra = ''): string {
  return createHash('sha256')
    .update(JSON.stringify([command, args, extra]))
    .digest('hex');
}
