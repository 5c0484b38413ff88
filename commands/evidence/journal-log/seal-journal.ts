import { webcrypto } from 'node:crypto';
import type { PublicJwk } from '../../../domain/instance/keys/instance-key.ts';
import type { SigningKey } from '../../../platform/crypto/signing-keys.ts';
import { keyIdOf } from '../../../platform/merkle/note-key.ts';
import { HASH_BYTES, TILE_WIDTH, tileRoot, treeRoot, type TileReader } from '../../../platform/merkle/merkle-tree.ts';
import { checkpointText, originOf, signedNote } from '../../../domain/evidence/journal-log/checkpoint.ts';
import { type ComputedLeaf, computedLeaves } from '../../../db/evidence/journal-log/journal-log-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Leaves that one transaction seals. */
const BATCH = 5_000;
/** Logs that are looked at in one turn. */
const STREAMS = 100;

/** The instance's key for checkpoints. */
export interface CheckpointSigner {
  current(): Promise<{ readonly kid: string; readonly privateKey: SigningKey; readonly publicJwk: PublicJwk }>;
}

interface Behind {
  readonly stream: string;
  readonly workspace_id: string | null;
}

/**
 * Seals what has positions: the leaves of streams that grew, in batches, each with a checkpoint that the instance's key
 * signs. Any number of processes may do it at once. Returns how many leaves were sealed.
 */
export async function sealJournal(db: Database, keys: CheckpointSigner): Promise<number> {
  const behind = await db.systemReads.any<Behind>(
    [],
    sql`SELECT s.stream, s.workspace_id FROM journal_streams s LEFT JOIN journal_logs l ON l.stream = s.stream
      WHERE s.last_position > coalesce(l.size, 0) ORDER BY s.stream ${sql.limit(STREAMS)}`,
  );
  let sealed = 0;
  for (const stream of behind) sealed += await sealStream(db, keys, stream);
  return sealed;
}

async function sealStream(db: Database, keys: CheckpointSigner, of: Behind): Promise<number> {
  // Before the transaction: the first key is made in one of its own.
  const signer = await keys.current();
  return db.systemTransaction({}, async (tx) => {
    // Not while somebody is erased: crewship_erase_actor.
    await tx.execute(sql`SELECT pg_advisory_xact_lock_shared(7263005)`);
    await tx.execute(sql`
      INSERT INTO journal_logs (stream, workspace_id, size) VALUES (${of.stream}, ${of.workspace_id}, 0)
      ON CONFLICT (stream) DO NOTHING`);
    const log = await tx.maybeOne<{ size: number }>(sql`
      SELECT size FROM journal_logs WHERE stream = ${of.stream} FOR UPDATE SKIP LOCKED`);
    if (log === null) return 0;
    const upTo = log.size + BATCH;
    await makeSalts(tx, of, log.size, upTo);
    const leaves = await tx.any<ComputedLeaf>(computedLeaves(of.stream, log.size, upTo));
    const hashes: Buffer[] = [];
    for (const { position, hash } of leaves) {
      // What is not as it was appended is for the verification to find; nothing after it can be sealed in its place.
      if (position !== log.size + hashes.length + 1 || hash === null) break;
      hashes.push(hash);
    }
    if (hashes.length === 0) return 0;
    const size = log.size + hashes.length;
    await appendTiles(tx, of, log.size, Buffer.concat(hashes));
    const root = await treeRoot(tilesIn(tx, of.stream), size);
    const origin = originOf(of.stream);
    const text = checkpointText(origin, size, root.toString('base64'));
    const publicKey = Buffer.from(signer.publicJwk.x, 'base64url');
    const signature = Buffer.from(await webcrypto.subtle.sign('Ed25519', signer.privateKey, Buffer.from(text)));
    const base64 = Buffer.concat([keyIdOf(origin, publicKey), signature]).toString('base64');
    const note = signedNote(text, { name: origin, base64 });
    // One for each 256 leaves is kept, so that what is wrong with a log is found between two of them.
    await tx.execute(sql`
      DELETE FROM journal_checkpoints WHERE stream = ${of.stream} AND size = ${log.size}
        AND size / ${TILE_WIDTH} = ${size}::bigint / ${TILE_WIDTH}`);
    await tx.execute(sql`
      INSERT INTO journal_checkpoints (stream, size, workspace_id, kid, note)
      VALUES (${of.stream}, ${size}, ${of.workspace_id}, ${signer.kid}, ${note})`);
    await tx.execute(sql`
      UPDATE journal_logs SET size = ${size}, sealed_at = now() WHERE stream = ${of.stream}`);
    return hashes.length;
  });
}

async function makeSalts(tx: Tx, { stream, workspace_id: workspaceId }: Behind, after: number, upTo: number) {
  await tx.execute(sql`
    INSERT INTO journal_salts (stream, actor_type, actor_id, workspace_id, salt)
    SELECT ${stream}, actor_type, actor_id, ${workspaceId}, sha256(uuid_send(gen_random_uuid())
      || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    FROM (
      SELECT DISTINCT e.actor_type, coalesce(e.actor_id, '') AS actor_id
      FROM journal_positions p JOIN journal_entries e ON e.id = p.entry_id AND e.ts = p.entry_ts
      WHERE p.stream = ${stream} AND p.position > ${after} AND p.position <= ${upTo}
    ) acted
    ON CONFLICT (stream, actor_type, actor_id) DO NOTHING`);
}

const tilesIn =
  (tx: Tx, stream: string): TileReader =>
  async (level, tile) => {
    const row = await tx.maybeOne<{ hashes: Buffer }>(sql`
      SELECT hashes FROM journal_tiles WHERE stream = ${stream} AND level = ${level} AND tile = ${tile}`);
    return row?.hashes ?? Buffer.alloc(0);
  };

/** Appends hashes to a level whose length is `length`; what fills a tile makes a hash of the next level. */
async function appendTiles(tx: Tx, of: Behind, length: number, hashes: Buffer, level = 0): Promise<void> {
  const above: Buffer[] = [];
  let at = 0;
  for (let tile = Math.floor(length / TILE_WIDTH); at < hashes.length; tile += 1) {
    const start = tile === Math.floor(length / TILE_WIDTH) ? (length % TILE_WIDTH) * HASH_BYTES : 0;
    const before = start === 0 ? Buffer.alloc(0) : await tilesIn(tx, of.stream)(level, tile);
    const piece = hashes.subarray(at, at + TILE_WIDTH * HASH_BYTES - start);
    at += piece.length;
    const whole = Buffer.concat([before.subarray(0, start), piece]);
    await tx.execute(sql`
      INSERT INTO journal_tiles (stream, level, tile, workspace_id, hashes)
      VALUES (${of.stream}, ${level}, ${tile}, ${of.workspace_id}, ${sql.binary(whole)})
      ON CONFLICT (stream, level, tile) DO UPDATE SET hashes = excluded.hashes`);
    if (whole.length === TILE_WIDTH * HASH_BYTES) above.push(tileRoot(whole));
  }
  if (above.length > 0) await appendTiles(tx, of, Math.floor(length / TILE_WIDTH), Buffer.concat(above), level + 1);
}
