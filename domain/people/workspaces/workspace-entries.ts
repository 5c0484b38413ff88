import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';

export const workspaceAudits = {
  workspace: {
    created: entryKind(),
    updated: entryKind<ChangedFields>(),
    deleted: entryKind<{ readonly slug: string }>(),
  },
};
