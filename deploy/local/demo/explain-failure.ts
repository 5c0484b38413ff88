import path from 'node:path';
import { parseConfig } from '../../../platform/config/config.ts';
import { readBoundedFile } from '../../../platform/host-files/read-bounded-file.ts';
import { stackProcesses } from '../processes.ts';
import type { RunningStack } from '../stack.ts';
import { tailOfLog } from '../supervision/log-file.ts';
import { MissionFailedError } from './run-mission.ts';

const LINES = 6;
const TAIL_BYTES = 65_536;
const OUTPUT_LIMIT_BYTES = 1_048_576;
const WARN = 40;

/** What helps with a failure: the end of what the failed agents wrote, and what our processes warned of since. */
export async function explainFailure(error: unknown, stack: RunningStack, sinceMs: number): Promise<string> {
  const sections = error instanceof MissionFailedError ? await agentOutputs(error, stack) : [];
  const logsDir = path.join(stack.services.context.dataDir, 'logs');
  for (const { name } of stackProcesses) {
    const file = path.join(logsDir, `${name}.log`);
    const warnings = tailOfLog(file, Number.MAX_SAFE_INTEGER, TAIL_BYTES)
      .split('\n')
      .filter((line) => isWarning(line, sinceMs));
    if (warnings.length > 0) sections.push(section(`the last warnings in ${file}`, warnings));
  }
  return sections.length > 0 ? sections.join('\n') : `No process warned of anything; the logs are in ${logsDir}.`;
}

async function agentOutputs(error: MissionFailedError, stack: RunningStack): Promise<string[]> {
  const { crewsDir } = parseConfig(stack.processEnv);
  const sections: string[] = [];
  for (const runId of error.runIds) {
    // An agent's own file: read like everything of theirs, bounded and through no link.
    const output = await readBoundedFile(crewsDir, `${error.crewId}/runs/${runId}/output`, OUTPUT_LIMIT_BYTES).catch(
      () => undefined,
    );
    if (output?.length)
      sections.push(section(`the end of the output of run ${runId}`, output.toString('utf8').trimEnd().split('\n')));
  }
  return sections;
}

function section(title: string, lines: readonly string[]): string {
  return `${title}:\n${lines
    .slice(-LINES)
    .map((line) => `    ${line}`)
    .join('\n')}`;
}

function isWarning(line: string, sinceMs: number): boolean {
  try {
    const { level, time } = JSON.parse(line) as { level?: number; time?: string };
    return level !== undefined && level >= WARN && Date.parse(time ?? '') >= sinceMs;
  } catch {
    return false;
  }
}
