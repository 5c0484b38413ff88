import { entryKind } from '../../kernel/journal/entry-kind.ts';

export const identityAudits = {
  user: { created: entryKind() },
  cli_token: { created: entryKind(), deleted: entryKind() },
};
