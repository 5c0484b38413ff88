import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { inputNames } from '../../../../domain/conversations/chats/agent-chat.ts';
import type { TurnFile } from '../../../../db/conversations/chats/read-turn-input.ts';
import type { BlobStore } from '../../../../platform/blob-store/blob-store.ts';
import { removeIn } from '../../../../platform/host-files/remove-beneath.ts';
import {
  componentsOf,
  HostFileError,
  nameIn,
  openDirectoryBeneath,
  openDirectoryIn,
} from '../../../../platform/host-files/safe-open.ts';
import { type CrewHostDirs, checkedId } from '../../../crews/containers/crew-host-paths.ts';
import type { AttemptRef } from './attempt-exec.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** Where an agent finds the files of its attempt, which it can read and not change. */
export function inputsDirectory(attemptId: string): string {
  return `/inputs/${checkedId(attemptId)}`;
}

/** Names in {@link inputsDirectory}, in the files' order. */
export function inputFileNames(files: readonly Pick<TurnFile, 'name'>[]): readonly string[] {
  return inputNames(files.map(({ name }) => name));
}

/**
 * Puts the files that went with a turn's messages before its attempt, each whole or not at all. Idempotent; call before
 * the exec is created. Rejects with `unavailable` and HostFileError.
 */
export async function placeAttemptFiles(
  deps: { readonly dirs: Pick<CrewHostDirs, 'crewsDir'>; readonly store: Pick<BlobStore, 'read'> },
  attempt: AttemptRef & { readonly workspaceId: string; readonly files: readonly TurnFile[] },
): Promise<void> {
  const { crewId, workspaceId, files } = attempt;
  if (files.length === 0) return;
  const attemptId = checkedId(attempt.attemptId);
  const inputs = await openDirectoryBeneath(deps.dirs.crewsDir, `${checkedId(crewId)}/inputs`);
  try {
    await mkdir(nameIn(inputs, attemptId)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const directory = await openDirectoryIn(inputs, attemptId);
    try {
      // Apart from its making, because the process's umask would take from the mode given there.
      await directory.chmod(0o755);
      for (const [index, name] of inputFileNames(files).entries()) {
        const file = files[index]!;
        await place(directory, name, file, () => deps.store.read({ workspaceId, blobId: file.blob_id }));
      }
    } finally {
      await directory.close();
    }
  } finally {
    await inputs.close();
  }
}

async function place(
  directory: FileHandle,
  name: string,
  file: Pick<TurnFile, 'size_bytes' | 'sha256'>,
  read: () => Promise<AsyncIterable<Buffer>>,
): Promise<void> {
  if (componentsOf(name).length !== 1) throw new HostFileError('unreadable');
  const target = nameIn(directory, name);
  const before = await lstat(target).catch(() => null);
  if (before?.isFile() === true && before.size === file.size_bytes) return;
  const draft = nameIn(directory, `.${randomUUID()}`);
  const handle = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const hash = createHash('sha256');
    for await (const piece of await read()) {
      hash.update(piece);
      await handle.writeFile(piece);
    }
    if (hash.digest('hex') !== file.sha256) throw new HostFileError('unreadable');
    await handle.chmod(0o444);
    await rename(draft, target);
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}

/** Takes the attempt's files away once it has ended. Idempotent. */
export async function discardAttemptFiles(
  deps: { readonly dirs: Pick<CrewHostDirs, 'crewsDir'> },
  attempt: AttemptRef,
): Promise<void> {
  const inputs = await openDirectoryBeneath(deps.dirs.crewsDir, `${checkedId(attempt.crewId)}/inputs`).catch(
    (error: unknown) => {
      if (error instanceof HostFileError && error.code === 'missing') return null;
      throw error;
    },
  );
  if (inputs === null) return;
  try {
    await removeIn(inputs, checkedId(attempt.attemptId));
  } finally {
    await inputs.close();
  }
}
