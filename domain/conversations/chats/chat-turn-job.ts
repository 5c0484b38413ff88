import type { JobKind } from '../../kernel/jobs/job-kind.ts';
import { FINISH_REASONS, MAX_MESSAGE_CHARACTERS } from './chat.ts';

/** One turn of a chat. It is one attempt of an agent at a time, whose workflow moves it. */
export const chatTurnJob = {
  name: 'chat.turn',
  description: 'Lets an agent answer a message of a session.',
  startedBy: { action: 'participate', scope: 'chat:write' },
  // A private session's turns are nobody else's to see; who manages may end them, and reads none of their words here.
  seenBy: { action: 'manage', scope: 'chat:read' },
  cancelledBy: { action: 'manage', scope: 'chat:write' },
  input: ({ z, id }) =>
    z.strictObject({
      session_id: id.describe('a session that the caller may write to'),
      message: z.string().min(1).max(MAX_MESSAGE_CHARACTERS),
      agent: z.string().min(2).max(100).optional().describe('who answers: id, slug or name'),
    }),
  result: ({ z }) =>
    z.object({
      session_id: z.string(),
      run_id: z.string(),
      message_id: z.string(),
      finish_reason: z.enum(FINISH_REASONS),
      usage: z.object({
        input_tokens: z.int(),
        output_tokens: z.int(),
        cached_input_tokens: z.int(),
        cost_usd: z.string(),
      }),
    }),
  subjectOf: (input) => ({ type: 'chat', id: input.session_id as string }),
  deadlineMs: null,
  driver: 'own',
  steps: ['answer'],
} satisfies JobKind;
