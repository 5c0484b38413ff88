import type { RunExecution } from '../../../../db/work/runs/read-run-execution.ts';
import type { RunReport } from '../../../../commands/engine/runs/settle-run.ts';
import type { AgentOutcome } from '../../../../domain/work/agent-output/agent-event.ts';
import type { OutputReader } from '../../../../domain/work/agent-output/output-reader.ts';
import type { TurnLineReader } from '../../../../domain/work/agent-output/turn-reader.ts';
import type { CrewHostDirs } from '../../../crews/containers/crew-host-paths.ts';

/** How an agent is started. */
export interface AgentStart {
  /** No shell is involved. Everyone who hears the daemon's events sees it: never a text of people or agents. */
  readonly argv: readonly string[];
  /** What it reads on standard input. */
  readonly input: string;
  /** Added to what every attempt gets. */
  readonly env: Readonly<Record<string, string>>;
}

/** An attempt whose process has ended. */
export interface EndedAttempt {
  readonly crewId: string;
  readonly attemptId: string;
  readonly exitCode: number;
  readonly outputTruncated: boolean;
  /** Null for an adapter without a reader. */
  readonly outcome: AgentOutcome | null;
}

export interface ReportDeps {
  readonly dirs: CrewHostDirs;
  /** The last lines of the attempt's stored output: at most so many characters. */
  readonly readTail: (maxCharacters: number) => Promise<string>;
}

/** One kind of agent: how it starts, what its output says, and what its end means. */
export interface AgentAdapter {
  /** `runToken` is what the run shows to its crew's sidecar. */
  start(execution: RunExecution, runToken: string): AgentStart;
  /** Reads the output of one attempt; null where output is only text. */
  createReader(execution: RunExecution): OutputReader | null;
  /** Reads the same for those who follow a turn of a chat; null where every word of the output is the agent's. */
  createTurnLines(): TurnLineReader | null;
  report(deps: ReportDeps, ended: EndedAttempt): Promise<RunReport>;
}
