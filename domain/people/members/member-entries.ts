import type { Role } from '../../kernel/access/authority.ts';
import { entryKind } from '../../kernel/journal/entry-kind.ts';

/** Payloads name roles and capabilities, which are no secret, and never an address. */
export const memberEntries = {
  'member.added': entryKind<{ readonly role: Role; readonly by: 'member' | 'invitation' | 'provision' | 'sso' }>(),
  'member.removed': entryKind<{ readonly role: Role }>(),
  'member.role_change': entryKind<{ readonly from: Role; readonly to: Role }>(),
  'member.capabilities_changed': entryKind<{ readonly capabilities: readonly string[] }>(),
  'member.ownership_transferred': entryKind<{ readonly from_user_id: string | null; readonly to_user_id: string }>(),
  'crew_member.added': entryKind<{ readonly role: Role | null }>(),
  'crew_member.role_change': entryKind<{ readonly from: Role | null; readonly to: Role | null }>(),
  'crew_member.removed': entryKind<{ readonly role: Role | null }>(),
  'invitation.created': entryKind<{ readonly role: Role }>(),
  'invitation.revoked': entryKind(),
  'invitation.redeemed': entryKind<{ readonly role: Role }>(),
};
