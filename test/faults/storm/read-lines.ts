import { z } from 'zod';
import { crewPaths } from '../../../activities/crews/containers/crew-host-paths.ts';
import { readBoundedFile } from '../../../platform/host-files/read-bounded-file.ts';
import { HostFileError } from '../../../platform/host-files/safe-open.ts';

const line = z.object({
  event: z.enum(['start', 'end']),
  run: z.string(),
  task: z.string(),
  mission: z.string(),
  iteration: z.int(),
  attempt: z.int(),
  process: z.string(),
});

/** What an agent wrote down: which process ran, under which attempt. */
export type AgentLine = z.infer<typeof line>;

const FILE = 'lines.jsonl';
const LIMIT_BYTES = 16 * 1024 * 1024;

/** The lines that agents of a crew appended to the file in its workspace, in order. */
export async function readLines(
  dirs: { crewsDir: string; socketsDir: string },
  crewId: string,
): Promise<readonly AgentLine[]> {
  let text: string;
  try {
    text = (await readBoundedFile(crewPaths(dirs, crewId).workspace, FILE, LIMIT_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof HostFileError && error.code === 'missing') return [];
    throw error;
  }
  return text
    .split('\n')
    .filter(Boolean)
    .map((json) => line.parse(JSON.parse(json)));
}
