import type { TileReader } from '../../../platform/merkle/merkle-tree.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

/** Whose journal: a workspace's, read in its sight, or the instance's, read by the system login. */
export interface JournalStream {
  readonly stream: string;
  readonly reads: ReadPool;
  /** What the pool may see. */
  readonly workspaceIds: readonly string[];
}

export interface StoredCheckpoint {
  readonly size: number;
  readonly note: string;
  readonly kid: string;
}

/** How much of a stream is sealed; 0 where nothing is. */
export async function readLogSize({ stream, reads, workspaceIds }: JournalStream): Promise<number> {
  const log = await reads.maybeOne<{ size: number }>(
    workspaceIds,
    sql`SELECT size FROM journal_logs WHERE stream = ${stream}`,
  );
  return log?.size ?? 0;
}

/** How far a stream's entries have positions. */
export async function readStreamLength({ stream, reads, workspaceIds }: JournalStream): Promise<number> {
  const found = await reads.maybeOne<{ length: number }>(
    workspaceIds,
    sql`SELECT last_position AS length FROM journal_streams WHERE stream = ${stream}`,
  );
  return found?.length ?? 0;
}

/** The newest checkpoint; null where nothing is sealed. */
export async function readNewestCheckpoint({
  stream,
  reads,
  workspaceIds,
}: JournalStream): Promise<(StoredCheckpoint & { readonly signedAt: string }) | null> {
  return reads.maybeOne(
    workspaceIds,
    sql`SELECT size, note, kid, created_at AS "signedAt" FROM journal_checkpoints
      WHERE stream = ${stream} ORDER BY size DESC LIMIT 1`,
  );
}

/** Checkpoints after a size, in their order, at most 1,000. */
export async function readCheckpoints(
  { stream, reads, workspaceIds }: JournalStream,
  afterSize: number,
): Promise<StoredCheckpoint[]> {
  return reads.any<StoredCheckpoint>(
    workspaceIds,
    sql`SELECT size, note, kid FROM journal_checkpoints WHERE stream = ${stream} AND size > ${afterSize}
      ORDER BY size LIMIT 1000`,
  );
}

/** Reads each tile once, so one is for one proof. A tile that is not there is empty. */
export function tilesOf({ stream, reads, workspaceIds }: JournalStream): TileReader {
  const read = new Map<string, Promise<Buffer>>();
  return (level, tile) => {
    const key = `${level}/${tile}`;
    const known = read.get(key);
    if (known !== undefined) return known;
    const found = reads
      .maybeOne<{ hashes: Buffer }>(
        workspaceIds,
        sql`SELECT hashes FROM journal_tiles WHERE stream = ${stream} AND level = ${level} AND tile = ${tile}`,
      )
      .then((row) => row?.hashes ?? Buffer.alloc(0));
    read.set(key, found);
    return found;
  };
}

/** The sealed hashes of leaves from a tile on, in their order: at most `count` tiles. */
export async function readLeafTiles(
  { stream, reads, workspaceIds }: JournalStream,
  fromTile: number,
  count: number,
): Promise<{ tile: number; hashes: Buffer }[]> {
  return reads.any(
    workspaceIds,
    sql`SELECT tile, hashes FROM journal_tiles WHERE stream = ${stream} AND level = 0
      AND tile >= ${fromTile} AND tile < ${fromTile + count} ORDER BY tile`,
  );
}

/** What stands for the personal fields of an entry `e` of position `p`, or did before they were erased. */
const personal = sql.fragment`coalesce(er.personal, sha256(crewship_journal_salt(sa.salt, e.id)
  || convert_to(crewship_journal_personal(e), 'UTF8')))`;

/** Positions `p` of a stream in a range with their entries `e`, as far as those are there. */
const inRange = (stream: string, after: number, upTo: number): Fragment => sql.fragment`
  FROM journal_positions p
  LEFT JOIN journal_entries e ON e.id = p.entry_id AND e.ts = p.entry_ts
  LEFT JOIN journal_erasures er ON er.entry_id = e.id
  LEFT JOIN journal_salts sa ON sa.stream = p.stream AND sa.actor_type = e.actor_type
    AND sa.actor_id = coalesce(e.actor_id, '')
  WHERE p.stream = ${stream} AND p.position > ${after} AND p.position <= ${upTo}`;

const leafHash = sql.fragment`
  sha256('\\x00'::bytea || convert_to(crewship_journal_leaf(e, p.position, ${personal}), 'UTF8'))`;

/** A leaf as the rows make it now. `hash` null: there is no such entry, or nothing that could make its leaf. */
export interface ComputedLeaf {
  readonly position: number;
  readonly hash: Buffer | null;
}

/** The query of leaves after a position up to another, one row each. */
export const computedLeaves = (stream: string, after: number, upTo: number) => sql`
  SELECT p.position, CASE WHEN e.id IS NOT NULL AND ${personal} IS NOT NULL THEN ${leafHash} END AS hash
  ${inRange(stream, after, upTo)} ORDER BY p.position`;

export async function readComputedLeaves(
  { stream, reads, workspaceIds }: JournalStream,
  after: number,
  upTo: number,
): Promise<ComputedLeaf[]> {
  return reads.any<ComputedLeaf>(workspaceIds, computedLeaves(stream, after, upTo));
}

/** An entry with the bytes that are hashed of it. */
export interface ExportedLeaf {
  readonly position: number;
  readonly leaf: string | null;
  readonly content: string | null;
  readonly personal: string | null;
  /** Hexadecimal; null once the personal fields are erased. */
  readonly salt: string | null;
}

/** Entries after a position up to another, with what proves their leaves. */
export async function readExportedLeaves(
  { stream, reads, workspaceIds }: JournalStream,
  after: number,
  upTo: number,
): Promise<ExportedLeaf[]> {
  return reads.any<ExportedLeaf>(
    workspaceIds,
    sql`SELECT p.position,
        CASE WHEN e.id IS NOT NULL THEN crewship_journal_leaf(e, p.position, ${personal}) END AS leaf,
        CASE WHEN e.id IS NOT NULL THEN crewship_journal_content(e) END AS content,
        CASE WHEN e.id IS NOT NULL AND er.entry_id IS NULL THEN crewship_journal_personal(e) END AS personal,
        CASE WHEN e.id IS NOT NULL AND er.entry_id IS NULL THEN encode(crewship_journal_salt(sa.salt, e.id), 'hex')
          END AS salt
      ${inRange(stream, after, upTo)} ORDER BY p.position`,
  );
}

/** The position of the entry that would have this leaf at `position`, among those within 1,000 of it. */
export async function findMovedFrom(
  { stream, reads, workspaceIds }: JournalStream,
  position: number,
  sealed: Buffer,
): Promise<number | null> {
  const found = await reads.maybeOne<{ position: number }>(
    workspaceIds,
    sql`SELECT p.position ${inRange(stream, position - 1_000, position + 1_000)} AND sha256('\\x00'::bytea
        || convert_to(crewship_journal_leaf(e, ${position}::bigint, ${personal}), 'UTF8')) = ${sql.binary(sealed)}
      LIMIT 1`,
  );
  return found?.position ?? null;
}

/** An entry that has no position, and waits for none: nobody who appends leaves one so. */
export async function findUnplaced({ stream, reads, workspaceIds }: JournalStream): Promise<string | null> {
  const own = stream === 'instance' ? sql.fragment`e.workspace_id IS NULL` : sql.fragment`e.workspace_id = ${stream}`;
  const found = await reads.maybeOne<{ id: string }>(
    workspaceIds,
    // What was appended a moment ago may wait for its position; the queue is not for this login to see.
    sql`SELECT e.id FROM journal_entries e WHERE ${own} AND e.ts < now() - interval '5 minutes'
        AND NOT EXISTS (SELECT 1 FROM journal_positions p WHERE p.entry_id = e.id)
      ORDER BY e.ts LIMIT 1`,
  );
  return found?.id ?? null;
}
