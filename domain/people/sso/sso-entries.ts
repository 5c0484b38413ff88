import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { SsoRefusal } from './sso.ts';

/** What happens to sign-in by others is the instance's; no entry holds an address, a subject or a secret. */
export const ssoEntries = {
  'sso.provider_saved': entryKind<{ readonly changed_fields: readonly string[] }>(),
  'sso.provider_deleted': entryKind(),
  'sso.linked': entryKind<{ readonly provider_id: string; readonly is_new_person: boolean }>(),
  'sso.refused': entryKind<{ readonly provider_id: string; readonly reason: SsoRefusal }>(),
};
