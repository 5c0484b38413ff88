import { type AgentAction, addUsage, NO_USAGE, type ToolEnd } from './agent-event.ts';
import { countOf, exitCodeOf, type LooseObject, microsOf, momentOf, nameOf, objectOf, textOf } from './loose-json.ts';
import { MAX_COMMAND_LENGTH, MAX_ERROR_LENGTH, MAX_TEXT_LENGTH, type OutputReader, pathOf } from './output-reader.ts';

const SHELL_TOOL = 'bash';
const WRITING_TOOLS = new Set(['write', 'edit']);

/** A command that could not be run has no exit code. */
function endOf(state: LooseObject | null): ToolEnd {
  const exitCode = exitCodeOf(objectOf(state?.metadata)?.exit);
  const time = objectOf(state?.time);
  const startMs = momentOf(time?.start);
  const endMs = momentOf(time?.end);
  return {
    ...(exitCode === null ? { isError: state?.status === 'error' } : { exitCode }),
    ...(startMs === null || endMs === null || endMs < startMs ? {} : { durationMs: Math.round(endMs - startMs) }),
  };
}

/**
 * `opencode run --format json`: one JSON object a line; a step is one call of the model, and the answer is the text of
 * its last message. `model` is what the agent is set to: the output names none.
 */
export function createOpencodeReader(model: string | null): OutputReader {
  let session: string | null = null;
  let messageId: string | null = null;
  let answer = '';
  /** The last step ended with an answer, not with calls of tools. */
  let answered = false;
  let error: string | null = null;
  let usage = NO_USAGE;
  let costMicros: number | null = null;

  function readText(part: LooseObject): void {
    const id = nameOf(part.messageID);
    if (id !== messageId) answer = '';
    messageId = id;
    answer = (answer + (textOf(part.text) ?? '')).slice(-MAX_TEXT_LENGTH);
  }

  /** Reported once the tool is done with it. */
  function readTool(part: LooseObject, offset: number): AgentAction[] {
    const tool = nameOf(part.tool) ?? 'unknown';
    const state = objectOf(part.state);
    const input = objectOf(state?.input);
    const command = textOf(input?.command);
    if (tool === SHELL_TOOL && command !== null) {
      const called = { kind: 'command', tool, command: command.slice(0, MAX_COMMAND_LENGTH) } as const;
      return [{ ...called, calledAt: offset, end: endOf(state) }];
    }
    const path = pathOf(input?.filePath);
    const called: AgentAction = { kind: 'tool_call', tool };
    if (!WRITING_TOOLS.has(tool) || path === null || state?.status !== 'completed') return [called];
    return [called, { kind: 'file_written', tool, path }];
  }

  function readStepEnd(part: LooseObject): AgentAction[] {
    const tokens = objectOf(part.tokens);
    const cache = objectOf(tokens?.cache);
    const step = {
      inputTokens: countOf(tokens?.input),
      outputTokens: countOf(tokens?.output) + countOf(tokens?.reasoning),
      cachedInputTokens: countOf(cache?.read),
      cacheCreationTokens: countOf(cache?.write),
    };
    const stepCostMicros = microsOf(part.cost);
    usage = addUsage(usage, step);
    if (stepCostMicros !== null) costMicros = (costMicros ?? 0) + stepCostMicros;
    answered = part.reason !== 'tool-calls';
    return [{ kind: 'llm_call', model, usage: step, costMicros: stepCostMicros }];
  }

  function readError(line: LooseObject): void {
    const problem = objectOf(line.error);
    const message = textOf(objectOf(problem?.data)?.message) ?? textOf(problem?.message) ?? nameOf(problem?.name);
    error = (message === null || message === '' ? 'unknown error' : message).slice(0, MAX_ERROR_LENGTH);
  }

  function readPart(line: LooseObject, offset: number): AgentAction[] {
    const part = objectOf(line.part);
    if (part === null) return [];
    switch (line.type) {
      case 'text':
        readText(part);
        return [];
      case 'tool_use':
        return readTool(part, offset);
      case 'step_finish':
        return readStepEnd(part);
      default:
        return [];
    }
  }

  return {
    read(line, offset) {
      if (line.type === 'error') readError(line);
      const id = nameOf(line.sessionID);
      const actions = readPart(line, offset);
      if (session !== null || id === null) return actions;
      session = id;
      return [{ kind: 'session', sessionId: id, model }, ...actions];
    },
    outcome: () => ({ text: answered ? answer : null, error, model, usage, costMicros }),
  };
}
