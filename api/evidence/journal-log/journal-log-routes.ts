import { Readable } from 'node:stream';
import { z } from 'zod';
import { readVerifierKeys } from '../../../db/evidence/journal-log/checkpoint-keys.ts';
import {
  type JournalStream,
  readLogSize,
  readNewestCheckpoint,
  tilesOf,
} from '../../../db/evidence/journal-log/journal-log-store.ts';
import { type JournalVerification, verifyJournal } from '../../../db/evidence/journal-log/verify-journal.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { SigningKeys } from '../../../commands/instance/keys/signing-keys.ts';
import { originOf, parseCheckpoint } from '../../../domain/evidence/journal-log/checkpoint.ts';
import { invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { consistencyProof, HASH_BYTES, inclusionProof, treeRoot } from '../../../platform/merkle/merkle-tree.ts';
import { clientGone } from '../../http/waits/client-gone.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { journalCsv, journalLines } from './journal-export.ts';
import {
  consistencyAnswer,
  consistencyQuery,
  exportQuery,
  inclusionAnswer,
  inclusionQuery,
  logKeysAnswer,
  tileQuery,
  verifyAnswer,
  verifyQuery,
} from './journal-log-schemas.ts';

const base64 = (hash: Buffer): string => hash.toString('base64');

function shown({ faults, ...rest }: JournalVerification): z.input<typeof verifyAnswer> {
  return {
    valid: faults.length === 0,
    ...rest,
    faults: faults.map(({ entryId, ...fault }) => ({ ...fault, entry_id: entryId })),
  };
}

/** The size that a proof is asked for. */
async function sizeOf(stream: JournalStream, asked: number | undefined): Promise<number> {
  const size = await readLogSize(stream);
  if (asked === undefined) return size;
  if (asked > size) throw invalidField('size', `the log has ${size} leaves`);
  return asked;
}

/** The journal as a log that others can check: docs/contracts/journal-log.md. */
export function createJournalLogRoutes(deps: {
  readonly database: Pick<Database, 'reads' | 'systemReads'>;
  readonly journalKeys: Pick<SigningKeys, 'verifier'>;
}): Route[] {
  const { reads, systemReads } = deps.database;
  const tags = ['Journal'];
  const read = { access: 'member', action: 'read', scope: 'journal:read' } as const;
  const manage = { access: 'member', action: 'manage', scope: 'journal:read' } as const;
  const operator = { access: 'operator' } as const;
  const streamOf = (ctx: { workspace: { id: string } }): JournalStream => ({
    stream: ctx.workspace.id,
    reads,
    workspaceIds: [ctx.workspace.id],
  });
  const instance: JournalStream = { stream: 'instance', reads: systemReads, workspaceIds: [] };

  async function newestNote(stream: JournalStream) {
    const found = await readNewestCheckpoint(stream);
    if (found === null) throw notFound('checkpoint');
    return ok(Readable.from([found.note]), { 'content-type': 'text/plain; charset=utf-8' });
  }

  async function verify(stream: JournalStream, kept: string | undefined, raw: Parameters<typeof clientGone>[0]) {
    if (kept !== undefined && parseCheckpoint(kept) === null) throw invalidField('kept', 'is no checkpoint');
    const client = clientGone(raw);
    try {
      const keys = (kid: string) => deps.journalKeys.verifier(kid);
      return ok(shown(await verifyJournal(stream, { keys, kept, signal: client.signal })));
    } finally {
      client.release();
    }
  }

  async function keysOf(stream: string) {
    const origin = originOf(stream);
    return ok({ origin, keys: await readVerifierKeys(systemReads, origin) });
  }

  const lines = (stream: JournalStream, after: number) =>
    ok(journalLines(stream, after), {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="journal.ndjson"',
    });

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/journal/checkpoint',
      operationId: 'getJournalCheckpoint',
      summary: 'Get the newest checkpoint of the workspace’s journal',
      description: 'A signed note (C2SP tlog-checkpoint). Keep it: it finds what is taken out later.',
      tags,
      authority: read,
      contentType: 'text/plain',
      responses: { 200: z.unknown() },
      errors: ['not_found'],
      handler: (ctx) => newestNote(streamOf(ctx)),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/journal/log/keys',
      operationId: 'getJournalLogKeys',
      summary: 'Get the keys that checkpoints of the workspace’s journal are verified with',
      tags,
      authority: read,
      responses: { 200: logKeysAnswer },
      handler: (ctx) => keysOf(ctx.workspace.id),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/journal/log/tile',
      operationId: 'getJournalTile',
      summary: 'Get hashes of the workspace’s journal',
      description: 'Up to 256 hashes of 32 bytes, as C2SP tlog-tiles has them.',
      tags,
      authority: read,
      query: tileQuery,
      contentType: 'application/octet-stream',
      responses: { 200: z.unknown() },
      errors: ['not_found'],
      handler: async (ctx) => {
        const hashes = await tilesOf(streamOf(ctx))(ctx.query.level, ctx.query.tile);
        if (hashes.length === 0) throw notFound('tile');
        return ok(Readable.from([hashes]), { 'content-type': 'application/octet-stream' });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/journal/log/inclusion',
      operationId: 'proveJournalInclusion',
      summary: 'Prove that an entry is in the workspace’s journal',
      tags,
      authority: read,
      query: inclusionQuery,
      responses: { 200: inclusionAnswer },
      handler: async (ctx) => {
        const stream = streamOf(ctx);
        const { position } = ctx.query;
        const size = await sizeOf(stream, ctx.query.size);
        if (position > size) throw invalidField('position', `the log has ${size} leaves`);
        const tiles = tilesOf(stream);
        const index = position - 1;
        const at = (index % 256) * HASH_BYTES;
        const [hashes, root, tile] = await Promise.all([
          inclusionProof(tiles, index, size),
          treeRoot(tiles, size),
          tiles(0, Math.floor(index / 256)),
        ]);
        const leaf = tile.subarray(at, at + HASH_BYTES);
        const found = { leaf_hash: base64(leaf), root_hash: base64(root), hashes: hashes.map(base64) };
        return ok({ position, leaf_index: index, size, ...found });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/journal/log/consistency',
      operationId: 'proveJournalConsistency',
      summary: 'Prove that the workspace’s journal begins with what it was before',
      tags,
      authority: read,
      query: consistencyQuery,
      responses: { 200: consistencyAnswer },
      handler: async (ctx) => {
        const stream = streamOf(ctx);
        const { from } = ctx.query;
        const size = await sizeOf(stream, ctx.query.size);
        if (from > size) throw invalidField('from', `the log has ${size} leaves`);
        const tiles = tilesOf(stream);
        const [hashes, before, root] = await Promise.all([
          consistencyProof(tiles, from, size),
          treeRoot(tiles, from),
          treeRoot(tiles, size),
        ]);
        const roots = { from_root_hash: base64(before), root_hash: base64(root) };
        return ok({ from, size, ...roots, hashes: hashes.map(base64) });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/journal/export.ndjson',
      operationId: 'exportJournal',
      summary: 'The workspace’s journal with what proves it, as lines of JSON',
      description:
        'What is sealed, oldest first: of each entry the bytes that are hashed, and the checkpoints. ' +
        '`clients/verify` reads it without the instance.',
      tags,
      authority: manage,
      query: exportQuery,
      contentType: 'application/x-ndjson',
      isLongLived: true,
      responses: { 200: z.unknown() },
      handler: (ctx) => lines(streamOf(ctx), ctx.query.after),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/journal/export.csv',
      operationId: 'exportJournalCsv',
      summary: 'The workspace’s journal as CSV, oldest first',
      description: 'What is sealed, with a header line. No cell begins as a formula does.',
      tags,
      authority: manage,
      query: exportQuery,
      contentType: 'text/csv',
      isLongLived: true,
      responses: { 200: z.unknown() },
      handler: (ctx) =>
        ok(journalCsv(streamOf(ctx), ctx.query.after), {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': 'attachment; filename="journal.csv"',
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/journal/verify',
      operationId: 'verifyJournal',
      summary: 'Hold the workspace’s whole journal against its log',
      tags,
      authority: manage,
      query: verifyQuery,
      isLongLived: true,
      responses: { 200: verifyAnswer },
      handler: (ctx) => verify(streamOf(ctx), ctx.query.kept, ctx.request.raw),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/instance-journal/verify',
      operationId: 'verifyInstanceJournal',
      summary: 'Hold the instance’s own journal against its log',
      tags,
      authority: operator,
      query: verifyQuery.omit({ workspace_id: true }),
      isLongLived: true,
      responses: { 200: verifyAnswer },
      handler: (ctx) => verify(instance, ctx.query.kept, ctx.request.raw),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/instance-journal/checkpoint',
      operationId: 'getInstanceJournalCheckpoint',
      summary: 'Get the newest checkpoint of the instance’s own journal',
      tags,
      authority: operator,
      contentType: 'text/plain',
      responses: { 200: z.unknown() },
      errors: ['not_found'],
      handler: () => newestNote(instance),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/instance-journal/keys',
      operationId: 'getInstanceJournalKeys',
      summary: 'Get the keys that checkpoints of the instance’s own journal are verified with',
      tags,
      authority: operator,
      responses: { 200: logKeysAnswer },
      handler: () => keysOf('instance'),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/instance-journal/export.ndjson',
      operationId: 'exportInstanceJournal',
      summary: 'The instance’s own journal with what proves it, as lines of JSON',
      tags,
      authority: operator,
      query: exportQuery.omit({ workspace_id: true }),
      contentType: 'application/x-ndjson',
      isLongLived: true,
      responses: { 200: z.unknown() },
      handler: (ctx) => lines(instance, ctx.query.after),
    }),
  ];
}
