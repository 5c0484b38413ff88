import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import net from 'node:net';
import { HostFileError, nameIn, openDirectoryBeneath, problemOf } from './safe-open.ts';

/** Not among Node's constants; the same on every architecture that Linux and Node share. */
const O_PATH = 0o10000000;

/**
 * Connects to a unix socket in a directory below `root` that another user can write: what is connected to is the very
 * file that was found to be a socket, and no symlink is followed. Rejects with HostFileError; `missing` also when
 * nobody listens there any more.
 */
export async function connectSocketBeneath(root: string, directoryPath: string, name: string): Promise<net.Socket> {
  const directory = await openDirectoryBeneath(root, directoryPath);
  let socketFile: FileHandle | undefined;
  try {
    socketFile = await open(nameIn(directory, name), O_PATH | constants.O_NOFOLLOW);
    if (!(await socketFile.stat()).isSocket()) throw new HostFileError('not_regular');
    return await connect(`/proc/self/fd/${socketFile.fd}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') throw new HostFileError('missing', { cause: error });
    throw problemOf(error);
  } finally {
    await socketFile?.close();
    await directory.close();
  }
}

function connect(path: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path);
    socket.once('error', reject).once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
