import { watch } from 'node:fs';
import path from 'node:path';
import type { Log } from '../services/part.ts';
import type { StackProcess } from '../processes.ts';
import { isMadeOf, MIGRATIONS, type ProcessSources, readProcessSources } from './process-sources.ts';

/** How long after a change more of the same save, or of the same checkout of git, is waited for. */
const SETTLE_MS = 150;

/** What a change asks for. */
export interface SourceChange {
  /** By path from the checkout's root. */
  readonly files: readonly string[];
  /** The processes that are made of one of them. */
  readonly processes: readonly StackProcess[];
}

/**
 * Tells of changes of sources, one at a time, until the signal: `onChange` has ended before it is called again. Sources
 * that can't be parsed restart nothing; what is wrong is logged, and the change counts once they can.
 */
export async function watchSources(
  options: {
    readonly root: string;
    readonly processes: readonly StackProcess[];
    readonly log: Log;
    readonly onChange: (change: SourceChange) => Promise<void>;
  },
  signal: AbortSignal,
): Promise<void> {
  const { root, processes, log, onChange } = options;
  let known = await readAll(root, processes);
  const changed = new Set<string>();
  let wake = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => wake.resolve(), { once: true });

  const files = [...known.values()].flatMap((sources) => [...sources]);
  const folders = new Set([...files, MIGRATIONS].map(topFolder));
  for (const folder of folders) {
    const watcher = watch(path.join(root, folder), { recursive: true, signal }, (_event, name) => {
      if (name === null) return;
      changed.add(path.posix.join(folder, name));
      wake.resolve();
    });
    watcher.on('error', (error) => log(`dev: ${folder}/ is no longer watched: ${error.message}`));
  }

  for (;;) {
    await wake.promise;
    if (signal.aborted) return;
    wake = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => wake.resolve(), { once: true });
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const files = [...changed];
    try {
      const now = await readAll(root, processes);
      // A module that was removed, or is imported no longer, was part of a process all the same.
      const touched = processes.filter((spec) =>
        files.some((file) => isMadeOf(known.get(spec)!, file) || isMadeOf(now.get(spec)!, file)),
      );
      known = now;
      for (const file of files) changed.delete(file);
      if (touched.length > 0) await onChange({ files, processes: touched });
    } catch (error) {
      log(`dev: not restarted: ${(error as Error).message}`);
    }
  }
}

async function readAll(root: string, processes: readonly StackProcess[]): Promise<Map<StackProcess, ProcessSources>> {
  const read = processes.map(
    async (spec) => [spec, await readProcessSources(root, [spec.entry, ...(spec.builds ?? [])])] as const,
  );
  return new Map(await Promise.all(read));
}

const topFolder = (file: string): string => file.split('/', 1)[0]!;
