import { joinDeltas, type NewTurnEvent } from '../../conversations/chats/turn-event.ts';
import { createLineSplitter } from './line-splitter.ts';
import { type LooseObject, listOf, nameOf, objectOf, parseObject, textOf } from './loose-json.ts';

const LINE_LIMIT_BYTES = 4 * 1_048_576;
/** A turn that tells more is told no further until its end. */
const MAX_EVENTS = 20_000;
/** What is told of a tool's arguments. */
const MAX_ARGUMENTS_CHARACTERS = 4_000;

/** What one line of an agent's output tells those who follow its turn. */
export type TurnLineReader = (line: LooseObject) => readonly NewTurnEvent[];

export interface TurnReader {
  /** What these bytes complete; the same bytes tell the same, however they are cut. */
  push(chunk: Uint8Array): readonly NewTurnEvent[];
}

function delta(text: string | null): NewTurnEvent[] {
  return text === null || text === '' ? [] : [{ type: 'message.delta', data: { text } }];
}

function toolStarted(callId: string | null, tool: string | null, input: unknown): NewTurnEvent {
  const written = JSON.stringify(input ?? {});
  const cut = written.length > MAX_ARGUMENTS_CHARACTERS;
  return {
    type: 'tool.started',
    data: {
      call_id: callId,
      tool: tool ?? 'unknown',
      arguments: cut ? written.slice(0, MAX_ARGUMENTS_CHARACTERS).toWellFormed() : written,
      ...(cut ? { truncated: true } : {}),
    },
  };
}

function toolFinished(callId: string | null, isError: boolean): NewTurnEvent {
  return { type: 'tool.finished', data: { call_id: callId, is_error: isError } };
}

/**
 * `claude -p --output-format stream-json --include-partial-messages`: pieces of a text as they come, then the whole of
 * it, which is not told again. What agents of the agent say is part of a tool's call.
 */
export function createClaudeTurnLines(): TurnLineReader {
  let messageId: string | null = null;
  let isStreamed = false;

  function readPiece(event: LooseObject | null): NewTurnEvent[] {
    if (event?.type === 'message_start') {
      messageId = nameOf(objectOf(event.message)?.id);
      isStreamed = false;
    }
    const piece = objectOf(event?.delta);
    if (event?.type !== 'content_block_delta' || piece?.type !== 'text_delta') return [];
    isStreamed = true;
    return delta(textOf(piece.text));
  }

  function readBlocks(message: LooseObject | null): NewTurnEvent[] {
    const isTold = isStreamed && nameOf(message?.id) === messageId;
    return listOf(message?.content).flatMap((value) => {
      const block = objectOf(value);
      if (block?.type === 'tool_use') return [toolStarted(nameOf(block.id), nameOf(block.name), block.input)];
      if (block?.type === 'tool_result') return [toolFinished(nameOf(block.tool_use_id), block.is_error === true)];
      return block?.type === 'text' && !isTold ? delta(textOf(block.text)) : [];
    });
  }

  return (line) => {
    if (line.parent_tool_use_id != null) return [];
    if (line.type === 'stream_event') return readPiece(objectOf(line.event));
    return line.type === 'assistant' || line.type === 'user' ? readBlocks(objectOf(line.message)) : [];
  };
}

/** `opencode run --format json`: a tool is told of when it is done. */
export function createOpencodeTurnLines(): TurnLineReader {
  return (line) => {
    const part = objectOf(line.part);
    if (line.type === 'text') return delta(textOf(part?.text));
    if (line.type !== 'tool_use') return [];
    const state = objectOf(part?.state);
    const callId = nameOf(part?.callID) ?? nameOf(part?.id);
    return [toolStarted(callId, nameOf(part?.tool), state?.input), toolFinished(callId, state?.status === 'error')];
  };
}

/** Reads what an agent writes for those who follow its turn. `lines` null: its output is its words. */
export function createTurnReader(lines: TurnLineReader | null): TurnReader {
  const splitter = createLineSplitter(LINE_LIMIT_BYTES);
  const decoder = new TextDecoder();
  let told = 0;

  function read(chunk: Uint8Array): readonly NewTurnEvent[] {
    if (lines === null) return delta(decoder.decode(chunk, { stream: true }));
    return splitter.push(chunk).flatMap(({ text }) => {
      const object = text === null ? null : parseObject(text);
      return object === null ? [] : lines(object);
    });
  }

  return {
    push(chunk) {
      const events = joinDeltas(read(chunk)).slice(0, MAX_EVENTS - told);
      told += events.length;
      return events;
    },
  };
}
