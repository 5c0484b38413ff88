import type { JobKind } from '../../kernel/jobs/job-kind.ts';

/** Has a model write down the older part of a long chat, for agents that go on with it. It begins by itself. */
export const chatCompactJob = {
  name: 'chat.compact',
  description: 'Writes down the older part of a long session, for agents that go on with it.',
  startedBy: null,
  // As its turns: who manages sees that there was one, and none of its words.
  seenBy: { action: 'manage', scope: 'chat:read' },
  cancelledBy: { action: 'manage', scope: 'chat:write' },
  input: ({ z, id }) => z.strictObject({ session_id: id }),
  result: ({ z }) =>
    z.object({
      session_id: z.string(),
      upto_seq: z.int().describe('the newest message that is written down'),
      messages: z.int().describe('how many were; 0: none, as no model is configured, or nothing was left to do'),
    }),
  subjectOf: (input) => ({ type: 'chat', id: input.session_id as string }),
  deadlineMs: 900_000,
  driver: 'job',
  steps: ['compact'],
} as const satisfies JobKind;

/** Of what an agent is told of a chat: tokens at four bytes each, as most texts have no more. */
export const MAX_HISTORY_TOKENS = 32_000;
/** How much of it there may be before the older part is written down. */
export const COMPACT_FROM_TOKENS = 24_000;
/** Messages that are told word by word, whatever is written down. */
export const KEPT_MESSAGES = 10;
/** Messages between two askings. */
export const MESSAGES_BETWEEN = 8;
export const MAX_COMPACTED_CHARACTERS = 16_000;
