import { type FileHandle, rm } from 'node:fs/promises';
import { z } from 'zod';
import { journalCrewFile } from '../../../commands/crews/crew-files/journal-crew-file.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { InternalPrincipal } from '../../../domain/kernel/access/authority.ts';
import { crewFilePath, newCrewFilePath } from '../../../domain/crews/crew-files/crew-file-path.ts';
import { AGENT_UID, INCOMING_DIRECTORY } from '../../../domain/crews/crews/crew-layout.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { countNames, listDirectory } from '../../../platform/host-files/list-directory.ts';
import {
  makeDirectoriesBeneath,
  placeFile,
  type StagedFile,
  stageFile,
} from '../../../platform/host-files/place-file.ts';
import { HostFileError, openAnyBeneath } from '../../../platform/host-files/safe-open.ts';
import { idField } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { applyScope } from '../../crew-side/caller/apply-scope.ts';
import { type CrewDirectory, fileRefusal, openCrewDirectory, type ThisHost } from './crew-directory.ts';
import { readUpload } from '../../http/kernel/read-upload.ts';
import { type CrewFilesAccess, holdCrewFiles } from '../../../db/crews/crew-files/hold-crew-files.ts';

const MAX_FILE_BYTES = 10 * 1_048_576;
/** Room for the other parts and what stands between them. */
const UPLOAD_BYTES = MAX_FILE_BYTES + 65_536;
const MAX_LISTED = 1_000;
/** Files and directories that one crew may have lying in another's directory. */
const MAX_INCOMING = 1_000;
const OWNER = { uid: AGENT_UID, gid: AGENT_UID };

const params = z.object({ crewId: idField });
const query = z.object({
  path: z.string().max(1_024).optional().describe('relative to the shared directory; `.` is the directory itself'),
  requester_crew_id: idField.optional().describe('this crew'),
});

/**
 * The shared directory of this crew and of those it is connected to: docs/contracts/internal-ipc.md, Messages and
 * files.
 */
export function createInternalCrewFileRoutes(deps: {
  readonly database: Pick<Database, 'transaction'>;
  readonly host: ThisHost;
}): Route[] {
  const { database, host } = deps;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  /** Runs in a transaction that holds the connection, with the directory that the crew has on this host. */
  function onDirectory<Result>(
    access: CrewFilesAccess,
    requestId: string,
    work: (
      tx: Parameters<typeof holdCrewFiles>[0],
      directory: CrewDirectory,
      crew: { readonly hostId: string | null },
    ) => Promise<Result>,
  ): Promise<Result> {
    return database.transaction({ workspaceIds: [access.workspaceId], requestId }, async (tx) => {
      const { hostId } = await holdCrewFiles(tx, access);
      const directory = await openCrewDirectory(host, { id: access.crewId, hostId });
      try {
        return await work(tx, directory, { hostId });
      } finally {
        await directory.close();
      }
    });
  }

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/crew-files/:crewId',
      operationId: 'readCrewFile',
      summary: 'Read a file of a crew’s shared directory, or list a directory in it',
      description:
        'A directory is JSON: `entries`, up to 1,000, and `truncated`. A file is its bytes, up to 10 MB, with its ' +
        'name (percent-encoded) in X-File-Name and its size in X-File-Size. A crew without a connection is a 404, ' +
        'one whose connection leads only the other way a 403, one on another host a 502.',
      tags,
      authority,
      params,
      query,
      contentType: 'application/octet-stream',
      responses: { 200: z.unknown() },
      errors: ['crew_unreachable', 'payload_too_large'],
      handler: async (ctx) => {
        const access = accessOf(ctx.principal, ctx.params.crewId, ctx.query.requester_crew_id);
        const opened = await openInTransaction(async (keep) =>
          onDirectory(access, ctx.requestId, async (tx, directory) => {
            if (ctx.query.path === undefined) throw invalidField('path', 'is required; . is the directory itself');
            const names = crewFilePath(ctx.query.path);
            const file = await openAnyBeneath(directory.shared, names.join('/')).catch((error: unknown) => {
              throw fileRefusal(error);
            });
            await keep(file.handle);
            if (file.sizeBytes > MAX_FILE_BYTES) throw fileRefusal(new HostFileError('too_large'));
            const type = file.isDirectory ? ('file.listed' as const) : ('file.read' as const);
            const size = file.isDirectory ? {} : { size: file.sizeBytes };
            journalCrewFile(tx, access, type, { path: names.join('/'), ...size }, ctx.actor);
            return { ...file, name: names.at(-1) ?? '' };
          }),
        );
        const { handle, sizeBytes } = opened;
        if (opened.isDirectory) {
          try {
            const { entries, isTruncated } = await listDirectory(handle, MAX_LISTED);
            const listed = entries.map(({ name, isDirectory, sizeBytes: size }) => ({
              name,
              is_dir: isDirectory,
              size,
            }));
            const body = Buffer.from(JSON.stringify({ entries: listed, truncated: isTruncated }));
            return ok(body, { 'content-type': 'application/json' });
          } finally {
            await handle.close();
          }
        }
        const headers = {
          'content-type': 'application/octet-stream',
          'x-file-name': encodeURIComponent(opened.name),
          'x-file-size': String(sizeBytes),
        };
        if (sizeBytes === 0) {
          await handle.close();
          return ok(Buffer.alloc(0), headers);
        }
        // Without a length: a file that its agents cut short meanwhile is shorter than X-File-Size.
        return ok(handle.createReadStream({ start: 0, end: sizeBytes - 1 }), headers);
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/crew-files/:crewId',
      operationId: 'writeCrewFile',
      summary: 'Write a file into a crew’s shared directory',
      description:
        'Multipart with `file`, up to 10 MB, and `path`. It lands whole at that path, or in another crew’s ' +
        'directory at `incoming/<this crew>/<path>`, in place of a file that is there, and belongs to the crew’s ' +
        'agents. Beyond 1,000 entries of incoming ones it is a 409 until some are gone.',
      tags,
      authority,
      params,
      isUpload: true,
      limits: { bodyBytes: UPLOAD_BYTES },
      responses: { 201: z.object({ path: z.string(), size: z.int(), crew_id: z.string() }) },
      errors: ['conflict', 'crew_unreachable'],
      handler: async (ctx) => {
        const access = accessOf(ctx.principal, ctx.params.crewId, undefined);
        // Held by another than the transactions' own: a body takes longer than a transaction may.
        const { hostId } = await onDirectory(access, ctx.requestId, async (_tx, _directory, crew) => crew);
        const kept = await openCrewDirectory(host, { id: access.crewId, hostId });
        let stored: StagedFile | null = null;
        try {
          const upload = await readUpload(
            ctx.request,
            MAX_FILE_BYTES,
            (content) => stageFile(kept.staging, content, MAX_FILE_BYTES),
            forget,
          ).catch((error: unknown) => {
            throw fileRefusal(error);
          });
          const { fields } = upload;
          stored = upload.stored;
          if (stored === null) throw invalidField('file', 'is required');
          const staged = stored;
          applyScope({ ...fields }, { workspaceId: access.workspaceId, crewId: access.requesterCrewId });
          refuseOther(fields.requester_crew_id, access.requesterCrewId);
          if (fields.path === undefined) throw invalidField('path', 'is required');
          const isOwn = access.crewId === access.requesterCrewId;
          const incoming = isOwn ? null : `${INCOMING_DIRECTORY}/${access.requesterCrewId}`;
          const names = [...(incoming?.split('/') ?? []), ...newCrewFilePath(fields.path)];
          const file = { path: names.join('/'), size: staged.sizeBytes, sha256: staged.sha256 };
          await onDirectory(access, ctx.requestId, async (tx, { shared }) => {
            journalCrewFile(tx, access, 'file.written', file, ctx.actor);
            await tx.writeJournal();
            if (incoming !== null) await refuseFull(shared, incoming);
            await place(shared, names, staged).catch((error: unknown) => {
              throw fileRefusal(error);
            });
          });
          return created({ path: file.path, size: file.size, crew_id: access.crewId });
        } finally {
          if (stored !== null) await forget(stored);
          await kept.close();
        }
      },
    }),
  ];
}

/** Keeps the handle of the transaction's last try, and none when it fails: a transaction may be tried again. */
async function openInTransaction<Result>(
  run: (keep: (handle: FileHandle) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  let kept: FileHandle | undefined;
  try {
    return await run(async (handle) => {
      await kept?.close();
      kept = handle;
    });
  } catch (error) {
    await kept?.close();
    throw error;
  }
}

const forget = (staged: StagedFile): Promise<void> => rm(staged.path, { force: true });

function refuseOther(named: string | undefined, crewId: string): void {
  if (named !== undefined && named !== crewId) {
    throw new CrewshipError('forbidden', 'requester_crew_id is not that of the caller');
  }
}

function accessOf(principal: InternalPrincipal, crewId: string, requester: string | undefined): CrewFilesAccess {
  const requesterCrewId = principal.crewId;
  refuseOther(requester, requesterCrewId);
  return { workspaceId: principal.workspace.id, requesterCrewId, agentId: principal.agentId, crewId };
}

/** What others send is bounded; what agents make of their own directory is their own. */
async function refuseFull(shared: string, incoming: string): Promise<void> {
  const own = await makeDirectoriesBeneath(shared, incoming, OWNER).catch((error: unknown) => {
    throw fileRefusal(error);
  });
  try {
    if ((await countNames(own, MAX_INCOMING)) < MAX_INCOMING) return;
    const message = `this crew’s incoming directory there holds ${MAX_INCOMING} entries already`;
    throw new CrewshipError('conflict', message, { extensions: { limit: MAX_INCOMING } });
  } finally {
    await own.close();
  }
}

async function place(shared: string, names: readonly string[], staged: StagedFile): Promise<void> {
  const directory = await makeDirectoriesBeneath(shared, names.slice(0, -1).join('/'), OWNER);
  try {
    await placeFile(staged, directory, names.at(-1)!, OWNER);
  } finally {
    await directory.close();
  }
}
