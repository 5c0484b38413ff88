import { entryKind } from '../../kernel/journal/entry-kind.ts';

/** What happens to the instance's keys belongs to no workspace. The target is the key's `kid`. */
export const keyEntries = {
  'instance_key.created': entryKind<{ readonly purpose: string }>(),
  /** `counts_for_seconds`: how long what the previous key signed is still taken, for ever where it is null. */
  'instance_key.rotated': entryKind<{
    readonly purpose: string;
    readonly previous_kid: string | null;
    readonly counts_for_seconds: number | null;
  }>(),
};
