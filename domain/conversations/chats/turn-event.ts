import type { JsonObject } from '../../kernel/json/json-value.ts';

/** What a turn tells while it goes on: docs/contracts/conversations.md, Events of a turn. */
export const TURN_EVENT_TYPES = [
  'message.posted',
  'turn.started',
  'message.delta',
  'tool.started',
  'tool.finished',
  'approval.required',
  'artifact.created',
  'progress',
  'usage',
  'message.completed',
  'turn.completed',
  'turn.failed',
  'turn.cancelled',
] as const;
export type TurnEventType = (typeof TURN_EVENT_TYPES)[number];

const ENDS: readonly TurnEventType[] = ['turn.completed', 'turn.failed', 'turn.cancelled'];

/** Nothing of the turn follows. */
export function endsTurn(type: TurnEventType): boolean {
  return ENDS.includes(type);
}

export interface NewTurnEvent {
  readonly type: TurnEventType;
  readonly data: JsonObject;
}

/** An event as it is kept. */
export interface TurnEvent extends NewTurnEvent {
  /** In its chat, from 1. */
  readonly seq: number;
  /** Null: a message that began no turn. */
  readonly job_id: string | null;
  readonly run_id: string | null;
  readonly created_at: string;
}

/** The most that one event says of a text. */
const MAX_DELTA_CHARACTERS = 65_536;

/** Deltas that follow one another are one. */
export function joinDeltas(events: readonly NewTurnEvent[]): readonly NewTurnEvent[] {
  const joined: NewTurnEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (event.type !== 'message.delta' || last?.type !== 'message.delta') {
      joined.push(event);
      continue;
    }
    const text = `${last.data.text as string}${event.data.text as string}`;
    if (text.length > MAX_DELTA_CHARACTERS) joined.push(event);
    else joined[joined.length - 1] = { type: 'message.delta', data: { text } };
  }
  return joined;
}
