import type { JournalWriter } from '../../../commands/group-commit/journal-writer.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { EgressTarget, EgressVerdict } from '../../../domain/crews/egress/egress-target.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { ProvenCaller } from '../caller/prove-caller.ts';

export interface EgressNote {
  readonly connections: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface EgressJournal {
  /** Adds to what a caller did with a host. Never waits and never fails: what cannot be written yet is kept. */
  note(caller: ProvenCaller, target: EgressTarget, verdict: EgressVerdict, note: EgressNote): void;
  /** Writes down what is left. */
  close(): Promise<void>;
}

/** The first entries of a crew come soon; while it goes on, its next ones come ever later. */
const FIRST_WINDOW_MS = 1_000;
const LONGEST_WINDOW_MS = 60_000;
/** Hosts that get entries of their own in a window. What is beyond them is counted together. */
const HOSTS_PER_WINDOW = 50;

const SIDECAR: Actor = {
  type: 'sidecar',
  id: null,
  authMethod: 'internal',
  tokenId: null,
  sessionId: null,
  requestId: null,
  address: null,
};

interface Line {
  readonly caller: ProvenCaller;
  readonly host: string;
  readonly port: number | null;
  readonly verdict: EgressVerdict;
  connections: number;
  bytesSent: number;
  bytesReceived: number;
}

interface CrewLines {
  lines: Map<string, Line>;
  windowMs: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * `network.egress` entries: who went where, whether it was let, how much was carried; never paths, queries or headers.
 * Repetitions are counted in one entry a window, so that a busy agent costs a few entries a minute and every connection
 * is counted in one of them.
 */
export function createEgressJournal(deps: {
  readonly journalWriter: Pick<JournalWriter, 'emit'>;
  readonly log: Pick<Logger, 'warn'>;
}): EgressJournal {
  const crews = new Map<string, CrewLines>();

  function lineIn(state: CrewLines, caller: ProvenCaller, target: EgressTarget, verdict: EgressVerdict): Line {
    const decision = verdict.allowed ? 'allowed' : 'denied';
    const own = `${caller.run?.runId ?? ''} ${target.host}:${target.port} ${decision} ${verdict.rule}`;
    const isFolded = !state.lines.has(own) && state.lines.size >= HOSTS_PER_WINDOW;
    const key = isFolded ? `* ${decision}` : own;
    const known = state.lines.get(key);
    if (known !== undefined) return known;
    const line: Line = {
      caller: isFolded ? { crew: caller.crew, run: null } : caller,
      host: isFolded ? '*' : target.host,
      port: isFolded ? null : target.port,
      verdict: isFolded ? { ...verdict, rule: 'many hosts' } : verdict,
      connections: 0,
      bytesSent: 0,
      bytesReceived: 0,
    };
    state.lines.set(key, line);
    return line;
  }

  function add(line: Line, note: EgressNote): void {
    line.connections += note.connections;
    line.bytesSent += note.bytesSent;
    line.bytesReceived += note.bytesReceived;
  }

  function schedule(crewId: string, state: CrewLines): void {
    state.timer = setTimeout(() => void flush(crewId, state), state.windowMs);
    state.timer.unref();
  }

  async function flush(crewId: string, state: CrewLines): Promise<void> {
    const { lines } = state;
    if (lines.size === 0) {
      crews.delete(crewId);
      return;
    }
    state.lines = new Map();
    state.windowMs = Math.min(state.windowMs * 2, LONGEST_WINDOW_MS);
    schedule(crewId, state);
    await write(state, lines);
  }

  async function write(state: CrewLines, lines: ReadonlyMap<string, Line>): Promise<void> {
    const written = await Promise.allSettled([...lines.values()].map(emit));
    for (const [index, [key, line]] of [...lines].entries()) {
      const outcome = written[index]!;
      if (outcome.status === 'fulfilled') continue;
      deps.log.warn(
        { err: outcome.reason as unknown, crew_id: line.caller.crew.crewId },
        'egress is not journalled yet',
      );
      const later = state.lines.get(key);
      if (later === undefined) state.lines.set(key, line);
      else add(later, line);
    }
  }

  function emit(line: Line): Promise<unknown> {
    const { crew, run } = line.caller;
    const { allowed, rule } = line.verdict;
    const where = line.port === null ? 'other hosts' : `${line.host}:${line.port}`;
    return deps.journalWriter.emit({
      ...crew,
      agentId: run?.agentId ?? null,
      missionId: null,
      runId: run?.runId ?? null,
      isRunProven: run !== null,
      key: null,
      entry: {
        type: 'network.egress',
        actor: SIDECAR,
        summary: `${where} ${allowed ? 'allowed' : 'denied'}`,
        payload: {
          host: line.host,
          ...(line.port === null ? {} : { port: line.port }),
          decision: allowed ? 'allowed' : 'denied',
          rule,
          connections: line.connections,
          bytes_sent: line.bytesSent,
          bytes_received: line.bytesReceived,
        },
      },
    });
  }

  return {
    note(caller, target, verdict, note) {
      const { crewId } = caller.crew;
      let state = crews.get(crewId);
      if (state === undefined) {
        state = { lines: new Map(), windowMs: FIRST_WINDOW_MS, timer: undefined };
        crews.set(crewId, state);
        schedule(crewId, state);
      }
      add(lineIn(state, caller, target, verdict), note);
    },
    async close() {
      const all = [...crews.values()];
      crews.clear();
      for (const state of all) clearTimeout(state.timer);
      await Promise.all(all.map((state) => write(state, state.lines)));
    },
  };
}
