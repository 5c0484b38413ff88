import { StringDecoder } from 'node:string_decoder';
import type { DockerClient } from '../../../../platform/docker/docker-client.ts';
import { createScrubber } from '../../../../platform/scrubber/scrubber.ts';
import { BUILD_PATHS } from './build-container.ts';
import { BuildError, type BuildRun } from './build-types.ts';

const MAX_LOG_BYTES = 8 * 1_024 * 1_024;
const MAX_LINE_LENGTH = 2_000;
const CANNOT_SET_UP = 74;
const CANNOT_EXECUTE: readonly (number | null)[] = [126, 127, CANNOT_SET_UP];

/** One command of a build. Its words are executed as they are; values go by the environment. */
export interface StepCommand {
  readonly containerId: string;
  /** Tells it from the build's other commands: of two calls with one name only the first runs it. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: 'root' | 'agent';
  readonly workingDir: string;
}

/**
 * Runs a command in the build's container, once however often it is called, and follows it to its end; resolves with
 * the exit code. A call may die at any time: the next one of the same name follows the same process and gives its
 * output again. Rejects with the signal's reason (the command goes on), BuildError `container_lost` when the command
 * was killed with what ran it, or DockerError when the daemon does not answer.
 */
export async function runStep(docker: DockerClient, command: StepCommand, run: BuildRun): Promise<number> {
  const { user, name } = command;
  const directory = `${user === 'root' ? BUILD_PATHS.rootSteps : BUILD_PATHS.agentSteps}/${name}`;
  for (;;) {
    run.signal.throwIfAborted();
    const execId = await docker.createExec({
      containerId: command.containerId,
      argv: ['/bin/sh', BUILD_PATHS.stepScript, directory, ...command.argv],
      user: user === 'root' ? '0:0' : '1001:1001',
      env: command.env,
      workingDir: command.workingDir,
      output: true,
    });
    const exitText = await follow(docker, execId, createLineLog(secretsOf(run), run.onLog), run.signal);
    const state = await docker.inspectExec(execId);
    const exitCode = /^(\d{1,3})\n$/.exec(exitText)?.[1];
    if (exitCode !== undefined) return Number(exitCode);
    // The stream broke and the exec is alive: follow again.
    if (state?.running === true) continue;
    if (state !== undefined && CANNOT_EXECUTE.includes(state.exitCode)) {
      throw new BuildError('invalid_config', 'the base image lacks a shell, setsid, mkfifo, or the agent’s home');
    }
    throw new BuildError('container_lost', 'what ran in the build’s container was killed');
  }
}

/** Gives the output to the log; resolves with what the script said at the end. */
async function follow(docker: DockerClient, execId: string, log: LineLog, signal: AbortSignal): Promise<string> {
  const attached = await docker.startExecAttached(execId);
  const { promise: closed, resolve: close, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  let exitText = '';
  attached.stdout.on('data', (chunk: Buffer) => log.push(chunk)).once('close', close);
  attached.stderr.on('data', (chunk: Buffer) => {
    if (exitText.length < 100) exitText += chunk.toString('latin1');
  });
  try {
    await closed;
    log.end();
    return exitText;
  } finally {
    signal.removeEventListener('abort', onAbort);
    attached.detach();
  }
}

/** Passwords of registries. */
function secretsOf({ credentials }: BuildRun): readonly string[] {
  return [...(credentials?.values() ?? [])].map(({ password }) => password).filter((secret) => secret !== '');
}

interface LineLog {
  push(chunk: Buffer): void;
  end(): void;
}

/** Scrubs, cuts into lines, and stops after as much as anybody would read. */
function createLineLog(secrets: readonly string[], onLog: BuildRun['onLog']): LineLog {
  const scrubber = createScrubber({ secrets });
  const decoder = new StringDecoder('utf8');
  let line = '';
  let bytes = 0;
  const add = (text: string) => {
    const lines = (line + text).split(/\r\n|[\r\n]/);
    line = lines.pop()!.slice(0, MAX_LINE_LENGTH);
    for (const whole of lines) if (whole.trim() !== '') onLog(whole.slice(0, MAX_LINE_LENGTH));
  };
  return {
    push(chunk) {
      if (bytes > MAX_LOG_BYTES) return;
      bytes += chunk.length;
      add(decoder.write(scrubber.push(chunk).data));
      if (bytes > MAX_LOG_BYTES) onLog('… there is more output than is shown');
    },
    end() {
      add(decoder.write(scrubber.flush().data) + decoder.end());
      if (line.trim() !== '') onLog(line);
    },
  };
}
