import { entryKind } from '../../kernel/journal/entry-kind.ts';

/** The document's text is in its versions, which stay; the entry says which one counts from here on. */
export const documentEntries = {
  'config.updated': entryKind<{
    readonly kind: string;
    readonly key: string;
    readonly version: number;
    readonly changed_fields: readonly string[];
  }>(),
};
