import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';

export const chatAudits = { chat: { created: entryKind(), updated: entryKind<ChangedFields>() } };
