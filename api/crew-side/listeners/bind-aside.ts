import { randomBytes } from 'node:crypto';
import { chmod, chown, constants, type FileHandle, open, rename } from 'node:fs/promises';
import type { Server } from 'node:net';
import path from 'node:path';

const SOCKET_MODE = 0o660;
/** Group of the sidecar's user in every crew container. */
const SIDECAR_GID = 1_002;
/**
 * Connections that may wait to be accepted: a Unix socket refuses the next at once, where TCP would try again. The
 * kernel's own limit, net.core.somaxconn, is 4,096.
 */
const BACKLOG = 4_096;

/**
 * Makes `server` listen on `<directory>/<name>`: bound under a name of its own, given mode 0660 and (as root) the
 * sidecar's group, then renamed into place. Clients see the whole socket or the one before it, and a file left by a
 * killed process is simply replaced. The old listener's own end removes nothing, as its name is not the one it bound.
 *
 * Not root: the group is the process's, or the directory's where that has the set-group-id bit.
 */
export async function bindAside(server: Server, directory: string, name: string): Promise<void> {
  // On Linux the directory is addressed by descriptor: socket paths are limited to 107 bytes, data directories are not.
  const handle = process.platform === 'linux' ? await openDirectory(directory) : null;
  try {
    const base = handle === null ? directory : `/proc/self/fd/${handle.fd}`;
    const aside = path.join(base, `.${name}.${process.pid}.${randomBytes(4).toString('hex')}`);
    await listen(server, aside);
    try {
      await chmod(aside, SOCKET_MODE);
      if (process.getuid?.() === 0) await chown(aside, 0, SIDECAR_GID);
      await rename(aside, path.join(base, name));
    } catch (error) {
      server.close();
      throw error;
    }
  } finally {
    await handle?.close();
  }
}

function openDirectory(directory: string): Promise<FileHandle> {
  return open(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path: socketPath, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
