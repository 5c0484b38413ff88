import type { FileHandle } from 'node:fs/promises';
import { publishArtifact, refuseArtifact } from '../../../commands/work/artifacts/publish-artifact.ts';
import { type BlobDeps, writeBlob } from '../../../commands/kernel/blobs/write-blob.ts';
import { readPublication } from '../../../db/work/artifacts/artifacts-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import {
  fileNameOf,
  fileTypeOf,
  HEAD_BYTES,
  MAX_ARTIFACT_BYTES,
  MAX_ARTIFACTS_OF_RUN,
  type PublishedPath,
} from '../../../domain/work/artifacts/artifact.ts';
import { HostFileError, openFileBeneath } from '../../../platform/host-files/safe-open.ts';
import { type CrewHostDirs, checkedId } from '../../crews/containers/crew-host-paths.ts';

const PIECE_BYTES = 256 * 1024;
/** Of the workspace or the file itself: tried again they would be the same. */
const REFUSALS = new Set(['storage_full', 'payload_too_large']);

/**
 * Publishes what an ended attempt named, by its calls and in its result, as the files are now. Taken again after a
 * crash it publishes what is missing. What can't be published is written down and keeps nothing up.
 */
export async function publishArtifacts(
  deps: {
    readonly db: Database;
    readonly dirs: Pick<CrewHostDirs, 'crewsDir'>;
    readonly blobs: Pick<BlobDeps, 'store' | 'quotaBytes'>;
  },
  run: { readonly address: WorkflowAddress; readonly crewId: string; readonly named: readonly PublishedPath[] },
): Promise<void> {
  const { address, crewId } = run;
  const { asked, published } = await readPublication(deps.db.reads, address.workspaceId, address.id);
  const wanted = new Map<string, PublishedPath>();
  for (const one of [...asked, ...run.named]) if (!wanted.has(one.path)) wanted.set(one.path, one);
  const all = [...wanted.values()].slice(0, MAX_ARTIFACTS_OF_RUN);
  for (const [place, file] of all.entries()) {
    if (published.has(file.path)) continue;
    try {
      await publish(file);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === null) throw error;
      await refuseArtifact(deps.db, address, { place, reason });
    }
  }

  async function publish({ path, title }: PublishedPath): Promise<void> {
    const file = await openFileBeneath(deps.dirs.crewsDir, `${checkedId(crewId)}/output/${path}`);
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
      const type = fileTypeOf(fileNameOf(path), head.subarray(0, bytesRead));
      const written = await writeBlob(
        { db: deps.db, ...deps.blobs },
        { workspaceId: address.workspaceId, source: pieces(file), limitBytes: MAX_ARTIFACT_BYTES },
      );
      await publishArtifact(deps.db, address, { path, title, ...type, written });
    } finally {
      await file.close();
    }
  }
}

async function* pieces(file: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; ; ) {
    const piece = Buffer.alloc(PIECE_BYTES);
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, at);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}

function reasonOf(error: unknown): string | null {
  if (error instanceof HostFileError) return error.code;
  return error instanceof CrewshipError && REFUSALS.has(error.code) ? error.code : null;
}
