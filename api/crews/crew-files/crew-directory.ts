import type { FileHandle } from 'node:fs/promises';
import { CrewshipError, crewUnreachable, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { AGENT_UID, SHARED_DIRECTORY } from '../../../domain/crews/crews/crew-layout.ts';
import {
  HostFileError,
  nameIn,
  openDirectoryBeneath,
  openDirectoryIn,
} from '../../../platform/host-files/safe-open.ts';

/** The Docker host that this process serves. */
export interface ThisHost {
  readonly id: string;
  readonly crewsDir: string;
}

const CREW_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{1,63}$/;

/** A crew's directories on this host, held open: what their names come to lead to meanwhile makes no difference. */
export interface CrewDirectory {
  /** The shared directory, as a path for `platform/host-files` that holds while this is open. */
  readonly shared: string;
  /** Beside it, for the host's eyes only. */
  readonly staging: string;
  close(): Promise<void>;
}

/**
 * Opens what this host keeps of a crew's files; the caller closes it. Rejects with `crew_unreachable` for a crew of
 * another host, rather than naming a directory that its agents never see, for one that has never run, and for one whose
 * directory is none, is reached through a link, or is on another file system than the host's.
 */
export async function openCrewDirectory(
  host: ThisHost,
  crew: { readonly id: string; readonly hostId: string | null },
): Promise<CrewDirectory> {
  if (!CREW_ID.test(crew.id)) throw notFound('crew');
  if (crew.hostId !== null && crew.hostId !== host.id) {
    throw crewUnreachable('other_host', 'the crew’s files are on another host');
  }
  let root: FileHandle | undefined;
  let shared: FileHandle | undefined;
  try {
    root = await openDirectoryBeneath(host.crewsDir, crew.id);
    shared = await openDirectoryIn(root, SHARED_DIRECTORY);
    const [{ dev }, { dev: sharedDev, uid }] = [await root.stat(), await shared.stat()];
    // The agents', or not given to them yet.
    if (sharedDev !== dev || (uid !== AGENT_UID && uid !== process.geteuid?.())) throw new HostFileError('not_regular');
    return {
      shared: itself(shared),
      staging: nameIn(root, 'uploads'),
      close: () => closeAll(root, shared),
    };
  } catch (error) {
    await closeAll(root, shared);
    throw crewUnreachable('no_directory', 'the crew has not run yet: it has no shared directory', error);
  }
}

const itself = (directory: FileHandle) => `/proc/self/fd/${directory.fd}`;

async function closeAll(...handles: (FileHandle | undefined)[]): Promise<void> {
  for (const handle of handles) await handle?.close();
}

/** What a caller is told of a file that could not be read or written. */
export function fileRefusal(error: unknown): unknown {
  if (!(error instanceof HostFileError)) return error;
  switch (error.code) {
    case 'missing':
      return notFound('file');
    case 'not_regular':
      return new CrewshipError('forbidden', 'the path leads to, or through, what is no regular file or directory');
    case 'too_large':
      return new CrewshipError('payload_too_large', 'the file is larger than 10 MB');
    case 'full':
      return new CrewshipError('unavailable', 'the host has no room for the file', { cause: error });
    case 'unreadable':
      return new CrewshipError('forbidden', 'the host may not open this path');
  }
}
