import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';

export const namespaceEntries = {
  'knowledge.namespace_created': entryKind<{ readonly namespace_id: string }>(),
  'knowledge.namespace_updated': entryKind<{ readonly namespace_id: string } & ChangedFields>(),
  'knowledge.grants_changed': entryKind<{ readonly user_id: string; readonly namespaces: number }>(),
};
