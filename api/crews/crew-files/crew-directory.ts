import path from 'node:path';
import { CrewshipError, crewUnreachable, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { SHARED_DIRECTORY } from '../../../domain/crews/crews/crew-layout.ts';
import { HostFileError } from '../../../platform/host-files/safe-open.ts';

/** The Docker host that this process serves. */
export interface ThisHost {
  readonly id: string;
  readonly crewsDir: string;
}

const CREW_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{1,63}$/;

export interface CrewDirectory {
  readonly shared: string;
  /** Beside it, for the host's eyes only. */
  readonly staging: string;
}

/**
 * Where this host keeps a crew's files. Throws `crew_unreachable` for a crew of another host, rather than naming a
 * directory that its agents never see, and for one that has never run.
 */
export function crewDirectory(
  host: ThisHost,
  crew: { readonly id: string; readonly hostId: string | null },
): CrewDirectory {
  if (!CREW_ID.test(crew.id)) throw notFound('crew');
  if (crew.hostId !== null && crew.hostId !== host.id) {
    throw crewUnreachable('other_host', 'the crew’s files are on another host');
  }
  const root = path.join(host.crewsDir, crew.id);
  return { shared: path.join(root, SHARED_DIRECTORY), staging: path.join(root, 'uploads') };
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
