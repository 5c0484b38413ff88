import { entryKind } from '../../kernel/journal/entry-kind.ts';

export const auditEntries = {
  /** Somebody took the audit away as a file. `filters`: the names of those that narrowed it. */
  'audit.exported': entryKind<{ readonly filters: readonly string[] }>(),
};
