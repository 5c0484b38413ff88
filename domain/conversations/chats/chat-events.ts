import type { JsonValue } from '../../kernel/json/json-value.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { EventRules } from '../../kernel/realtime/event-rules.ts';
import type { chatEntries } from './chat-entries.ts';

/** Only whom it is about hears of it: nobody else knows that there is such a chat. */
function person(payload: { readonly user_id?: JsonValue }): string | null {
  const id = word(payload.user_id);
  return id === null ? null : `user:${id}`;
}

export const chatEvents = {
  entries: {
    'session.participant_added': ({ target_id: chatId, payload }) =>
      to(person(payload), 'chat.participant_added', 'chat:read', known({ chat_id: chatId, role: word(payload.role) })),
    'session.participant_removed': ({ target_id: chatId, payload }) =>
      to(person(payload), 'chat.participant_removed', 'chat:read', known({ chat_id: chatId })),
  },
} satisfies EventRules<typeof chatEntries>;
