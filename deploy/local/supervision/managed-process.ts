import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { openLogFile } from './log-file.ts';
import { identifyProcess, isAlive, type ProcessIdentity, signalProcess } from './process-identity.ts';
import { fingerprintCommand, type ProcessRecord, type ProcessRecords } from './process-records.ts';

export type ProcessSpec = {
  /** Also the name of its record and, with `.log`, of its log file. */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment of the process: nothing is inherited, so no secret reaches a part that does not need it. */
  env: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  uid?: number;
  gid?: number;
  logFile: string;
  /** How it is asked to stop. Default SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** How long it may take to stop before it is killed. Default 15,000. */
  stopTimeoutMs?: number;
  /** Opens an IPC channel and never adopts a leftover, as a channel cannot be reopened. */
  ipc?: boolean;
  /** How far it stands back when the machine is busy; default 0. */
  niceness?: number;
  /** Whatever else decides whether a leftover is the same, such as the hash of a configuration file. */
  fingerprint?: string;
};

/** Something that runs until it is stopped: a process here, a container in `managed-container.ts`. */
export type ManagedUnit = {
  /** Resolves once it no longer runs, with the reason in words. Never rejects. */
  exited: Promise<string>;
  stop: () => Promise<void>;
};

export type ManagedProcess = ManagedUnit & { pid: number; adopted: boolean; child?: ChildProcess };

const ADOPTED_POLL_INTERVAL_MS = 200;
const DEFAULT_STOP_TIMEOUT_MS = 15_000;

/**
 * Starts a process in a session of its own (a Ctrl-C in the terminal reaches only the supervisor, which stops the parts
 * in order), or adopts the one a killed supervisor left if it runs the same command. A leftover that differs is
 * stopped.
 */
export async function startOrAdoptProcess(records: ProcessRecords, spec: ProcessSpec): Promise<ManagedProcess> {
  const fingerprint = fingerprintCommand(spec.command, spec.args, spec.fingerprint);
  const leftover = records.findLive(spec.name);
  if (leftover && leftover.fingerprint === fingerprint && !spec.ipc) return adopt(records, spec, leftover);
  if (leftover) await stopRecorded(records, spec.name, spec.stopTimeoutMs);
  return start(records, spec, fingerprint);
}

/** Stops a recorded process that nobody supervises. Returns false when there was none. */
export async function stopRecorded(records: ProcessRecords, name: string, timeoutMs?: number): Promise<boolean> {
  const record = records.findLive(name);
  if (!record) return false;
  await stopProcess(record.identity, record.stopSignal, timeoutMs);
  records.remove(name);
  return true;
}

async function start(records: ProcessRecords, spec: ProcessSpec, fingerprint: string): Promise<ManagedProcess> {
  const log = openLogFile(spec.logFile);
  const child = spawn(spec.command, spec.args, {
    env: spec.env as NodeJS.ProcessEnv,
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    ...(spec.uid === undefined ? {} : { uid: spec.uid }),
    ...(spec.gid === undefined ? {} : { gid: spec.gid }),
    detached: true,
    stdio: spec.ipc ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
  });
  closeSync(log);
  // Right after the start: only threads that are made later inherit it.
  if (spec.niceness !== undefined && child.pid !== undefined) os.setPriority(child.pid, spec.niceness);
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      records.remove(spec.name);
      resolve(signal ? `killed by ${signal}` : `exit code ${code}`);
    });
    child.once('error', (error) => resolve(error.message));
  });
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  // A process that is gone before it can be identified is reported by the health check, with its log.
  if (child.pid === undefined) throw new Error(`cannot start ${spec.command}: ${await exited}`);
  if (!identity) return { pid: child.pid, adopted: false, child, exited, stop: async () => {} };
  const stopSignal = spec.stopSignal ?? 'SIGTERM';
  records.write(spec.name, { identity, fingerprint, stopSignal });
  return {
    pid: child.pid,
    adopted: false,
    child,
    exited,
    async stop() {
      await stopProcess(identity, stopSignal, spec.stopTimeoutMs);
      await exited;
    },
  };
}

function adopt(records: ProcessRecords, spec: ProcessSpec, record: ProcessRecord): ManagedProcess {
  const end = Promise.withResolvers<string>();
  // An adopted process is not our child, so its end can only be seen by looking.
  const timer = setInterval(() => {
    if (!isAlive(record.identity)) finish();
  }, ADOPTED_POLL_INTERVAL_MS);
  function finish(): void {
    clearInterval(timer);
    records.remove(spec.name);
    end.resolve('it ended');
  }
  return {
    pid: record.identity.pid,
    adopted: true,
    exited: end.promise,
    async stop() {
      await stopProcess(record.identity, record.stopSignal, spec.stopTimeoutMs);
      finish();
    },
  };
}

async function stopProcess(identity: ProcessIdentity, signal: NodeJS.Signals, timeoutMs = DEFAULT_STOP_TIMEOUT_MS) {
  if (!signalProcess(identity, signal)) return;
  const deadline = Date.now() + timeoutMs;
  while (isAlive(identity) && Date.now() < deadline) await delay(10);
  if (signalProcess(identity, 'SIGKILL', true)) while (isAlive(identity)) await delay(10);
}
