import type { AgentAction, AgentEvent, AgentOutcome } from './agent-event.ts';
import { createLineSplitter } from './line-splitter.ts';
import { parseObject } from './loose-json.ts';
import type { OutputReader } from './output-reader.ts';

/** A line holds a whole file where a tool reads or writes one. */
const LINE_LIMIT_BYTES = 4 * 1_048_576;
/** Enough for hours of work; an agent that floods its output does not flood the journal. */
const MAX_EVENTS = 5_000;
const NOISE_LENGTH = 500;

export interface AgentOutputParser {
  /** The events that these bytes complete. The same bytes give the same events, however they are cut. */
  push(chunk: Uint8Array): AgentEvent[];
  /** The output has ended: the events that were still to be completed. */
  end(): AgentEvent[];
  outcome(): AgentOutcome;
}

/**
 * Reads an agent's output as it comes. Its whole state follows from the bytes so far: whoever goes on after a crash
 * feeds it what is stored and drops those events. Memory is bounded by the longest line; nothing it is given makes it
 * throw.
 */
export function createAgentOutputParser(
  reader: OutputReader,
  limits: { lineLimitBytes?: number; maxEvents?: number } = {},
): AgentOutputParser {
  const splitter = createLineSplitter(limits.lineLimitBytes ?? LINE_LIMIT_BYTES);
  const maxEvents = limits.maxEvents ?? MAX_EVENTS;
  let noise = '';
  let bytes = 0;
  let lines = 0;
  let tooLongLines = 0;
  let eventCount = 0;
  let droppedEvents = 0;

  function readLine(offset: number, text: string | null): AgentEvent[] {
    lines += 1;
    if (text === null) {
      tooLongLines += 1;
      return [];
    }
    const object = parseObject(text);
    if (object === null) {
      if (text.trim() !== '') noise = `${noise}\n${text}`.slice(-NOISE_LENGTH);
      return [];
    }
    return placed(reader.read(object, offset), offset);
  }

  function placed(actions: readonly AgentAction[], offset: number): AgentEvent[] {
    const kept = actions.slice(0, maxEvents - eventCount);
    eventCount += kept.length;
    droppedEvents += actions.length - kept.length;
    return kept.map((action, index) => ({ offset, index, action }));
  }

  return {
    push(chunk) {
      bytes += chunk.length;
      return splitter.push(chunk).flatMap((line) => readLine(line.offset, line.text));
    },
    // No line begins there.
    end: () => placed(reader.end?.() ?? [], bytes),
    outcome: () => ({ ...reader.outcome(), noise: noise.trim(), lines, tooLongLines, droppedEvents }),
  };
}
