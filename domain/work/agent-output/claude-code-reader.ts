import { type AgentAction, addUsage, NO_USAGE, type TokenUsage, type ToolEnd } from './agent-event.ts';
import {
  countOf,
  exitCodeOf,
  type LooseObject,
  listOf,
  microsOf,
  momentOf,
  nameOf,
  objectOf,
  textOf,
} from './loose-json.ts';
import { MAX_COMMAND_LENGTH, MAX_ERROR_LENGTH, MAX_TEXT_LENGTH, type OutputReader, pathOf } from './output-reader.ts';

const SHELL_TOOLS = new Set(['Bash', 'PowerShell']);
const WRITING_TOOLS = new Set(['Write', 'Edit', 'MultiEdit', 'NotebookEdit']);
/** Calls whose end is still to come, and calls of the model that were counted: the newest count. */
const MAX_REMEMBERED = 256;

function usageOf(value: unknown): TokenUsage {
  const usage = objectOf(value);
  return {
    inputTokens: countOf(usage?.input_tokens),
    outputTokens: countOf(usage?.output_tokens),
    cachedInputTokens: countOf(usage?.cache_read_input_tokens),
    cacheCreationTokens: countOf(usage?.cache_creation_input_tokens),
  };
}

/** All models together; null when the result names none. */
function modelUsageOf(value: unknown): TokenUsage | null {
  const models = Object.values(objectOf(value) ?? {});
  if (models.length === 0) return null;
  return models.map(objectOf).reduce<TokenUsage>(
    (sum, model) =>
      addUsage(sum, {
        inputTokens: countOf(model?.inputTokens),
        outputTokens: countOf(model?.outputTokens),
        cachedInputTokens: countOf(model?.cacheReadInputTokens),
        cacheCreationTokens: countOf(model?.cacheCreationInputTokens),
      }),
    NO_USAGE,
  );
}

/** Adds to a map that forgets its oldest member when it is full, and returns that one. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value): Value | undefined {
  const oldest = map.entries().next();
  const isFull = map.size >= MAX_REMEMBERED && !oldest.done;
  if (isFull) map.delete(oldest.value[0]);
  map.set(key, value);
  return isFull ? oldest.value[1] : undefined;
}

type Command = Extract<AgentAction, { kind: 'command' }>;

/** A command whose result is still to come. */
interface CalledCommand extends Omit<Command, 'end'> {
  readonly calledAtMs: number | null;
}

function ended({ kind, tool, command, calledAt }: CalledCommand, end: ToolEnd = {}): Command {
  return { kind, tool, command, calledAt, end };
}

/** The tool tells the exit code of a command that failed, at the beginning of its text, and of no other. */
function endOf(result: LooseObject, startMs: number | null, endMs: number | null): ToolEnd {
  const said = /^(?:Error: )?Exit code (\d{1,3})\b/.exec(textOf(result.content) ?? '');
  const exitCode = result.is_error === true && said !== null ? exitCodeOf(Number(said[1])) : null;
  return {
    ...(exitCode === null ? { isError: result.is_error === true } : { exitCode }),
    ...(startMs === null || endMs === null || endMs < startMs ? {} : { durationMs: Math.round(endMs - startMs) }),
  };
}

/** `claude -p --output-format stream-json --verbose`: one JSON object a line, `result` the last. */
export function createClaudeCodeReader(): OutputReader {
  let model: string | null = null;
  let text: string | null = null;
  let error: string | null = null;
  let total: TokenUsage | null = null;
  let costMicros: number | null = null;
  // Counted until the result names the totals: what a run that is ended early has used at least.
  let counted = NO_USAGE;
  const calls = new Map<string, true>();
  const writing = new Map<string, { tool: string; path: string }>();
  const commands = new Map<string, CalledCommand>();

  function readInit(line: LooseObject): AgentAction[] {
    if (line.subtype !== 'init') return [];
    model = nameOf(line.model) ?? model;
    return [{ kind: 'session', sessionId: nameOf(line.session_id), model }];
  }

  function readToolUse(block: LooseObject, line: LooseObject, offset: number): AgentAction[] {
    const tool = nameOf(block.name) ?? 'unknown';
    const input = objectOf(block.input);
    const command = textOf(input?.command);
    if (SHELL_TOOLS.has(tool) && command !== null) {
      const called: CalledCommand = {
        ...{ kind: 'command' as const, tool, command: command.slice(0, MAX_COMMAND_LENGTH) },
        ...{ calledAt: offset, calledAtMs: momentOf(line.timestamp) },
      };
      const callId = nameOf(block.id);
      // One that nobody can answer has no end.
      if (callId === null) return [ended(called)];
      const forgotten = remember(commands, callId, called);
      return forgotten === undefined ? [] : [ended(forgotten)];
    }
    const path = pathOf(input?.file_path ?? input?.notebook_path);
    const id = nameOf(block.id);
    if (WRITING_TOOLS.has(tool) && path !== null && id !== null) remember(writing, id, { tool, path });
    return [{ kind: 'tool_call', tool }];
  }

  /** A message comes once for each of its blocks, each time under the same id. */
  function readAssistant(line: LooseObject, offset: number): AgentAction[] {
    const message = objectOf(line.message);
    if (message === null) return [];
    const actions: AgentAction[] = [];
    const id = nameOf(message.id);
    const calledModel = nameOf(message.model);
    // What the tool says itself, such as an API error, comes as a message of no model.
    if (id !== null && calledModel !== null && !calls.has(id)) {
      remember(calls, id, true);
      const usage = usageOf(message.usage);
      counted = addUsage(counted, usage);
      // The usage is that of the message's beginning: its output tokens are not those of the whole.
      actions.push({
        kind: 'llm_call',
        model: calledModel,
        usage: { ...usage, outputTokens: null },
        costMicros: null,
      });
    }
    for (const value of listOf(message.content)) {
      const block = objectOf(value);
      if (block?.type === 'tool_use') actions.push(...readToolUse(block, line, offset));
    }
    return actions;
  }

  function readToolResults(line: LooseObject): AgentAction[] {
    const actions: AgentAction[] = [];
    for (const value of listOf(objectOf(line.message)?.content)) {
      const block = objectOf(value);
      const id = nameOf(block?.tool_use_id);
      if (block?.type !== 'tool_result' || id === null) continue;
      const command = commands.get(id);
      commands.delete(id);
      if (command !== undefined) {
        actions.push(ended(command, endOf(block, command.calledAtMs, momentOf(line.timestamp))));
      }
      const written = writing.get(id);
      writing.delete(id);
      if (written !== undefined && block.is_error !== true) actions.push({ kind: 'file_written', ...written });
    }
    return actions;
  }

  /** Work in the background may end in a second result: the last one counts, its totals include the others'. */
  function readResult(line: LooseObject): void {
    const said = textOf(line.result);
    const subtype = nameOf(line.subtype) ?? 'unknown';
    const reason = said === null || said === '' ? subtype : said;
    error = line.is_error === true || subtype !== 'success' ? reason.slice(0, MAX_ERROR_LENGTH) : null;
    text = said?.slice(-MAX_TEXT_LENGTH) ?? null;
    total = modelUsageOf(line.modelUsage) ?? usageOf(line.usage);
    costMicros = microsOf(line.total_cost_usd);
  }

  return {
    read(line, offset) {
      switch (line.type) {
        case 'system':
          return readInit(line);
        case 'assistant':
          return readAssistant(line, offset);
        case 'user':
          return readToolResults(line);
        case 'result':
          readResult(line);
          return [];
        default:
          return [];
      }
    },
    end: () => [...commands.values()].map((command) => ended(command)),
    outcome: () => ({ text, error, model, usage: total ?? counted, costMicros }),
  };
}
