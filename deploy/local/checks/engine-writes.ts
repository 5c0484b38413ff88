import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Folders whose statements run in the product. What SQL functions of migrations write is the database's own. */
const FOLDERS = ['domain', 'platform', 'db', 'commands', 'workflows', 'activities', 'api', 'workers', 'sidecar'];
const ENGINE = 'commands/engine/';

/** The tables whose rows are the state of work: a transition of one of them may only be found in the engine. */
export const ENGINE_TABLES = [
  'agents',
  'approvals',
  'crew_moves',
  'crews',
  'escalations',
  'hosts',
  'image_builds',
  'jobs',
  'missions',
  'peer_requests',
  'port_exposures',
  'run_events',
  'runs',
  'slot_leases',
  'slot_scopes',
  'task_dependencies',
  'tasks',
];

/** Who else writes them: files, or folders that end in `/`, each with its reason. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'commands/instance/reconcile/':
    'stands above the engine: takes a generation past what Temporal or a daemon has, when an older database came back',
  'commands/vault/credentials/reseal-secrets.ts':
    'seals any column again with the newest key: the table is computed, and what the row says stays',
};

export interface TableWrite {
  readonly file: string;
  /** Null: computed, by a fragment or an identifier. */
  readonly table: string | null;
}

const NAME = String.raw`(?:"?public"?\.)?"?([a-z_][a-z0-9_]*)"?|\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}`;
const WRITE = new RegExp(
  [
    String.raw`\b(?:insert\s+into|delete\s+from(?:\s+only)?|merge\s+into|truncate(?:\s+table)?)\s+(?:${NAME})`,
    String.raw`\bupdate\s+(?:only\s+)?(?:${NAME})(?:\s+(?:as\s+)?[a-z_]+)?\s+set\b`,
  ].join('|'),
  'gi',
);

/** The writes that stand in a file's text. */
export function writesOf(file: string, text: string): TableWrite[] {
  return [...text.matchAll(WRITE)].map(([, inserted, updated]) => ({ file, table: inserted ?? updated ?? null }));
}

/** Whether a write is of the engine's tables, or may be, and stands outside of the engine. */
export function isForeign({ file, table }: TableWrite): boolean {
  return !file.startsWith(ENGINE) && (table === null || ENGINE_TABLES.includes(table.toLowerCase()));
}

/** The exception that a file falls under. */
export function exceptionOf(file: string): string | undefined {
  return Object.keys(EXCEPTIONS).find((name) => (name.endsWith('/') ? file.startsWith(name) : file === name));
}

/** Every write below `root` in what the product runs. Rejects when a folder is missing or none has a write. */
export async function listWrites(root: string): Promise<TableWrite[]> {
  const writes: TableWrite[] = [];
  for (const folder of FOLDERS) {
    for (const name of await readdir(path.join(root, folder), { recursive: true })) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      const file = `${folder}/${name.split(path.sep).join('/')}`;
      writes.push(...writesOf(file, await readFile(path.join(root, file), 'utf8')));
    }
  }
  if (writes.length === 0) throw new Error(`no statement was read below ${root}: nothing was compared`);
  return writes;
}
