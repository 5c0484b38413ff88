import { Readable } from 'node:stream';
import {
  type ExportedLeaf,
  type JournalStream,
  readCheckpoints,
  readExportedLeaves,
  readLeafTiles,
  readLogSize,
} from '../../../db/evidence/journal-log/journal-log-store.ts';
import { HASH_BYTES, TILE_WIDTH } from '../../../platform/merkle/merkle-tree.ts';

/** Two tiles: what is held for a reader that takes its time. */
const PAGE = 2 * TILE_WIDTH;

interface ExportedEntry extends ExportedLeaf {
  readonly hash: Buffer | null;
}

interface ExportPage {
  readonly entries: readonly ExportedEntry[];
  readonly checkpoints: readonly { readonly size: number; readonly note: string }[];
}

/** Pages of what is sealed, in order, with the checkpoints that fall into each. */
async function* pagesOf(stream: JournalStream, after: number): AsyncGenerator<ExportPage> {
  const size = await readLogSize(stream);
  for (let done = after; done < size; ) {
    const firstTile = Math.floor(done / TILE_WIDTH);
    const upTo = Math.min(size, (firstTile + PAGE / TILE_WIDTH) * TILE_WIDTH);
    const [rows, tiles, checkpoints] = await Promise.all([
      readExportedLeaves(stream, done, upTo),
      readLeafTiles(stream, firstTile, PAGE / TILE_WIDTH),
      readCheckpoints(stream, done),
    ]);
    const sealed = new Map(tiles.map(({ tile, hashes }) => [tile, hashes]));
    const entries = rows.map((row): ExportedEntry => {
      const index = row.position - 1;
      const at = (index % TILE_WIDTH) * HASH_BYTES;
      const hash = sealed.get(Math.floor(index / TILE_WIDTH))?.subarray(at, at + HASH_BYTES);
      return { ...row, hash: hash?.length === HASH_BYTES ? hash : null };
    });
    yield { entries, checkpoints: checkpoints.filter((one) => one.size <= upTo) };
    done = upTo;
  }
}

const entryLine = ({ position, leaf, content, personal, salt, hash }: ExportedEntry): string =>
  `${JSON.stringify({ position, hash: hash?.toString('base64') ?? null, leaf, content, personal, salt })}\n`;

/**
 * The journal as lines of JSON: for each entry the bytes that are hashed of it, and each checkpoint after the entry
 * that it ends with. Read as the caller takes it.
 */
export function journalLines(stream: JournalStream, after: number): Readable {
  async function* lines(): AsyncGenerator<string> {
    for await (const { entries, checkpoints } of pagesOf(stream, after)) {
      const parts: string[] = [];
      let next = 0;
      const notesUpTo = (position: number) => {
        for (; (checkpoints[next]?.size ?? Number.POSITIVE_INFINITY) <= position; next += 1) {
          parts.push(`${JSON.stringify({ checkpoint: checkpoints[next]!.note })}\n`);
        }
      };
      for (const entry of entries) {
        notesUpTo(entry.position - 1);
        parts.push(entryLine(entry));
      }
      notesUpTo(Number.MAX_SAFE_INTEGER);
      yield parts.join('');
    }
  }
  return Readable.from(lines(), { objectMode: false });
}

const COLUMNS = [
  'position',
  'id',
  'ts',
  'entry_type',
  'severity',
  'actor_type',
  'actor_id',
  'crew_id',
  'agent_id',
  'mission_id',
  'task_id',
  'project_id',
  'target_type',
  'target_id',
  'trace_id',
  'request_id',
  'address',
  'user_agent',
  'summary',
  'payload',
  'refs',
  'leaf_hash',
] as const;

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function row({ position, leaf, content, personal, hash }: ExportedEntry): string {
  const fields = [leaf, content, personal].map((text) => JSON.parse(text ?? '{}') as Record<string, unknown>);
  const all: Record<string, unknown> = Object.assign({}, ...fields, { position, leaf_hash: hash?.toString('base64') });
  return `${COLUMNS.map((column) => cell(all[column])).join(',')}\r\n`;
}

/** The journal as RFC 4180 text with a header line. No cell begins as a formula does. */
export function journalCsv(stream: JournalStream, after: number): Readable {
  async function* lines(): AsyncGenerator<string> {
    yield `${COLUMNS.join(',')}\r\n`;
    for await (const { entries } of pagesOf(stream, after)) yield entries.map(row).join('');
  }
  return Readable.from(lines(), { objectMode: false });
}
