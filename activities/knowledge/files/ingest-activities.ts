import {
  failFile,
  type FileFault,
  markExtracting,
  storeParts,
  swapEntries,
} from '../../../commands/knowledge/files/ingest-steps.ts';
import { storeJobResult } from '../../../commands/engine/jobs/job-work.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { countFilesOfJob, type FileRow, findFileAtWork } from '../../../db/knowledge/files/files-store.ts';
import { workflowScope } from '../../../db/kernel/database.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { REFUSALS } from '../../../domain/knowledge/files/document-format.ts';
import { documentParts } from '../../../domain/knowledge/files/document-parts.ts';
import { ingestJob, reingestJob } from '../../../domain/knowledge/files/ingest-jobs.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import type { StepOutcome } from '../../../domain/work/jobs/job-step.ts';
import type { BlobStore } from '../../../platform/blob-store/blob-store.ts';
import type { DocumentReader } from '../../../platform/documents/document-reader.ts';
import { JobError, whileAtWork } from '../../work/jobs/while-at-work.ts';

export type IngestActivities = ReturnType<typeof createIngestActivities>;

/** What refuses a file that was read: its namespace, or who asked for it, has become another since. */
const REFUSED: ReadonlySet<string> = new Set([
  ...['not_found', 'forbidden', 'wrong_state', 'conflict', 'limit_reached', 'invalid_request'],
]);

/** The steps of reading files. Each looks at what is there and does what is left, so it may be taken again. */
export function createIngestActivities(deps: {
  readonly db: Database;
  readonly jobKinds: Pick<JobRegistry, 'find'>;
  readonly blobs: Pick<BlobStore, 'read'>;
  readonly documents: DocumentReader;
}) {
  const { db, blobs, documents } = deps;

  const nextFile = (address: WorkflowAddress) => findFileAtWork(db.reads, address.workspaceId, address.id);

  function kindOf(name: string) {
    const kind = deps.jobKinds.find(name);
    if (kind === undefined) throw new Error(`this worker does not know ${name}`);
    return kind;
  }

  /** Why it can’t be read; null: it was, and is to be indexed. */
  async function extract(address: WorkflowAddress, file: FileRow, signal: AbortSignal): Promise<FileFault | null> {
    if (file.status === 'indexing') return null;
    await markExtracting(db, address, file.id);
    const bytes = await blobs.read({ workspaceId: file.workspace_id, blobId: file.blob_id });
    const answer = await documents.read(bytes, { filename: file.filename, signal });
    if (answer.kind === 'refused') return { code: answer.reason, message: REFUSALS[answer.reason] };
    signal.throwIfAborted();
    // A program's own name for its file is none for people; a page has one.
    const title = answer.format === 'html' ? answer.title : '';
    await storeParts(db, address, file.id, { parts: documentParts(answer.text), title });
    return null;
  }

  /** Why it can’t become entries; null: it has. */
  async function index(
    address: WorkflowAddress,
    file: FileRow,
    concluded?: Parameters<typeof swapEntries>[3],
  ): Promise<FileFault | null> {
    try {
      await swapEntries(db, address, file.id, concluded);
      return null;
    } catch (error) {
      if (!(error instanceof CrewshipError) || !REFUSED.has(error.code)) throw error;
      return { code: error.code, message: error.message };
    }
  }

  function refuse(fault: FileFault | null): void {
    if (fault !== null) throw new JobError(fault.code, fault.message);
  }

  return {
    extractFile: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async ({ signal }) => {
        const file = await nextFile(address);
        if (file !== null) refuse(await extract(address, file, signal));
      }),

    indexFile: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async () => {
        const file = await nextFile(address);
        if (file === null) return;
        refuse(
          await index(address, file, (tx, entries) =>
            storeJobResult(tx, address, kindOf(ingestJob.name), { file_id: file.id, entries }),
          ),
        );
      }),

    /** Reads the next of the files, if there is one; says whether there is more to do. */
    readNextFile: (address: WorkflowAddress): Promise<StepOutcome> =>
      whileAtWork(deps, address, async ({ signal, report }) => {
        const file = await nextFile(address);
        if (file !== null) {
          const fault = (await extract(address, file, signal)) ?? (await index(address, file));
          if (fault !== null) await failFile(db, address, file.id, fault);
          report({ message: `read ${file.id}` });
          return 'again';
        }
        const counts = await countFilesOfJob(db.reads, address.workspaceId, address.id);
        await db.transaction(workflowScope(address), (tx) =>
          storeJobResult(tx, address, kindOf(reingestJob.name), { ...counts }),
        );
        return 'done';
      }),
  };
}
