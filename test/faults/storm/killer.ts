import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  identifyProcess,
  type ProcessIdentity,
  signalProcess,
} from '../../../deploy/local/supervision/process-identity.ts';
import type { ProcessRecords } from '../../../deploy/local/supervision/process-records.ts';
import type { Killable, Strike } from './kill-schedule.ts';
import type { Random } from './random.ts';

export interface Kill {
  readonly target: Killable;
  readonly pid: number;
  /** Since the first strike was waited for. */
  readonly atMs: number;
}

export interface Killer {
  readonly kills: readonly Kill[];
  /** Carries out the whole schedule. Rejects when a part that was killed does not come back. */
  run(strikes: readonly Strike[]): Promise<void>;
  /** Resolves once this many were killed. */
  reached(kills: number): Promise<void>;
}

const BACK_DEADLINE_MS = 60_000;
const LOOK_INTERVAL_MS = 20;
/** A slow machine would otherwise see its components killed again and again before any of them serves. */
const LONGEST_START_MS = 20_000;

/** Kills with SIGKILL what the supervisor's records name, by process id and start time: never by a name. */
export function createKiller(options: {
  records: ProcessRecords;
  random: Random;
  isUp: (target: Killable) => boolean;
  log: (line: string) => void;
}): Killer {
  const { records, random, isUp, log } = options;
  const kills: Kill[] = [];
  const waiting = new Set<{ kills: number; resolve: () => void }>();
  let startedAtMs = 0;

  /**
   * The running process, another one than `not`; a component that is down is waited for, so that a kill ends something.
   */
  async function find(target: Killable, not?: ProcessIdentity): Promise<ProcessIdentity> {
    const deadline = performance.now() + BACK_DEADLINE_MS;
    for (;;) {
      const identity = records.findLive(target)?.identity;
      if (identity !== undefined && identity.pid !== not?.pid) return identity;
      if (performance.now() > deadline) throw new Error(`${target} did not come back within ${BACK_DEADLINE_MS} ms`);
      await delay(LOOK_INTERVAL_MS);
    }
  }

  /** The running process once it serves, or when it takes long to. */
  async function findServing(target: Killable): Promise<ProcessIdentity> {
    const deadline = performance.now() + LONGEST_START_MS;
    while (!isUp(target) && performance.now() < deadline) await delay(LOOK_INTERVAL_MS);
    return find(target);
  }

  function kill(target: Killable, identity: ProcessIdentity): void {
    if (!signalProcess(identity, 'SIGKILL')) return;
    const atMs = Math.round(performance.now() - startedAtMs);
    kills.push({ target, pid: identity.pid, atMs });
    log(`${(atMs / 1_000).toFixed(1).padStart(6)} s  kill ${kills.length}: ${target} (${identity.pid})`);
    for (const waiter of waiting) if (kills.length >= waiter.kills) waiter.resolve();
  }

  async function strikeOnce(strike: Strike): Promise<void> {
    switch (strike.kind) {
      case 'together': {
        const found = await Promise.all(strike.targets.map(findServing));
        for (const [index, target] of strike.targets.entries()) kill(target, found[index]!);
        return;
      }
      case 'twice': {
        const [target] = strike.targets;
        const first = await findServing(target);
        kill(target, first);
        const second = await find(target, first);
        await delay(strike.againAfterMs);
        kill(target, second);
        return;
      }
      case 'backend': {
        const postmaster = await findServing('postgres');
        kill('postgres', identifyChild(postmaster, random) ?? postmaster);
      }
    }
  }

  return {
    kills,
    async run(strikes) {
      startedAtMs = performance.now();
      for (const strike of strikes) {
        await delay(strike.afterMs);
        await strikeOnce(strike);
      }
    },
    reached(count) {
      if (kills.length >= count) return Promise.resolve();
      return new Promise((resolve) => {
        const waiter = { kills: count, resolve: () => (waiting.delete(waiter), resolve()) };
        waiting.add(waiter);
      });
    },
  };
}

function identifyChild(parent: ProcessIdentity, random: Random): ProcessIdentity | undefined {
  const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.length === 0 ? undefined : identifyProcess(Number(random.pick(children)));
}
