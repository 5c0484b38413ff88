import { type FSWatcher, watch } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type FileTail, openForTail } from '../../../../platform/host-files/file-tail.ts';
import { readBoundedFileIn } from '../../../../platform/host-files/read-bounded-file.ts';
import { HostFileError, openDirectoryBeneath } from '../../../../platform/host-files/safe-open.ts';

const EXIT_LIMIT_BYTES = 512;

const endRecord = z.object({
  code: z.int().min(0).max(255),
  signal: z.int().min(0).max(127),
  full: z.array(z.string().max(64)).max(16),
});

/** How a command ended, as its supervisor saw it. */
export interface EndRecord {
  readonly code: number;
  /** 0: it ended by itself. */
  readonly signal: number;
  /** File systems of the container without room, then. */
  readonly full: readonly string[];
}

/** One attempt's records, seen from the host: its supervisor's, which agents cannot write. */
export interface RecordsDirectory {
  /** Opens what has appeared since the last call; cheap when all is open. Never rejects. */
  refresh(): Promise<void>;
  /** At most `maxBytes` of output from the offset; empty when there is no more yet, or none to be had. */
  readOutput(offset: number, maxBytes: number): Promise<Buffer>;
  /** Undefined when there is none. */
  readEnd(): Promise<EndRecord | undefined>;
  close(): Promise<void>;
}

/**
 * Watches with inotify, through the open directory, so that no path is looked up again. `onChange` may come too often;
 * where the host refuses another watch, it does not come at all, and the caller's own occasional look has to do.
 */
export function createRecordsDirectory(deps: {
  /** Below it no link is followed. */
  crewsDir: string;
  /** Relative to it. */
  directory: string;
  outputLimitBytes: number;
  onChange: () => void;
}): RecordsDirectory {
  let directory: FileHandle | undefined;
  let tail: FileTail | undefined;
  let watcher: FSWatcher | undefined;
  let parentWatcher: FSWatcher | undefined;
  let outputRefused = false;

  function watchPath(watched: string): FSWatcher | undefined {
    try {
      return watch(watched, { persistent: false }, deps.onChange).on('error', deps.onChange);
    } catch {
      return undefined;
    }
  }

  async function openDirectory(): Promise<void> {
    // Watch first, then look: what appears in between is seen by one of the two.
    parentWatcher ??= watchPath(path.join(deps.crewsDir, path.dirname(deps.directory)));
    directory = await openDirectoryBeneath(deps.crewsDir, deps.directory);
    watcher = watchPath(`/proc/self/fd/${directory.fd}`);
    parentWatcher?.close();
    parentWatcher = undefined;
  }

  return {
    async refresh() {
      try {
        if (directory === undefined) await openDirectory();
        if (directory !== undefined && tail === undefined && !outputRefused) {
          tail = await openForTail(directory, 'output', deps.outputLimitBytes);
        }
      } catch (error) {
        if (!(error instanceof HostFileError)) throw error;
        if (directory !== undefined && error.code !== 'missing') outputRefused = true;
      }
    },

    async readOutput(offset, maxBytes) {
      try {
        return (await tail?.read(offset, maxBytes)) ?? Buffer.alloc(0);
      } catch {
        return Buffer.alloc(0);
      }
    },

    async readEnd() {
      if (directory === undefined) return undefined;
      try {
        const text = (await readBoundedFileIn(directory, 'exit', EXIT_LIMIT_BYTES)).toString('latin1');
        return endRecord.parse(JSON.parse(text));
      } catch (error) {
        // Absent; or cut short, on a disk that was full.
        if (error instanceof HostFileError || error instanceof SyntaxError || error instanceof z.ZodError)
          return undefined;
        throw error;
      }
    },

    async close() {
      parentWatcher?.close();
      watcher?.close();
      await tail?.close();
      await directory?.close();
    },
  };
}
