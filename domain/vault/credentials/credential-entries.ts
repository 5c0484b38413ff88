import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { Role } from '../../kernel/access/authority.ts';
import type {
  CredentialPart,
  CredentialScope,
  CredentialStatus,
  CredentialType,
  SecurityLevel,
  Sensitivity,
} from './credential.ts';

type Binding = {
  readonly binding_id: string;
  readonly scope: 'WORKSPACE' | 'CREW' | 'AGENT';
  readonly slot: string;
};
type SensitivityChange = { readonly from: Sensitivity; readonly to: Sensitivity };
type Rotation = { readonly rotation_id: string; readonly grace_seconds: number; readonly part: CredentialPart };
type Field = { readonly key: string; readonly is_secret: boolean };

export const credentialEntries = {
  'credential.rotated': entryKind<Rotation>(),
  'credential.rotation_cancelled': entryKind<Rotation>(),
  'credential.status_change': entryKind<{ readonly from: CredentialStatus; readonly to: CredentialStatus }>(),
  'credential.used': entryKind(),
  'credential.tested': entryKind<{
    readonly supported: boolean;
    readonly valid: boolean | null;
    readonly status: number | null;
  }>(),
  'credential.assigned': entryKind<{
    readonly assignment_id: string;
    readonly env_var_name: string;
    readonly lease: boolean;
  }>(),
  'credential.unassigned': entryKind<{ readonly assignment_id: string }>(),
  'credential.bound': entryKind<Binding>(),
  'credential.unbound': entryKind<Binding>(),
  'credential.sensitivity_raised': entryKind<SensitivityChange>(),
  'credential.sensitivity_lowered': entryKind<SensitivityChange>(),
  'credential.field_set': entryKind<Field>(),
  'credential.field_deleted': entryKind<Field>(),
  /** Committed before the value is opened: that it was to be shown, to whom and why. Nothing of the value. */
  'credential.revealed': entryKind<{
    readonly credential_name: string;
    readonly sensitivity: Sensitivity;
    readonly security_level: SecurityLevel;
    readonly part: CredentialPart;
    readonly role: Role;
    readonly reason: string;
  }>(),
  'credential.reveal_policy_changed': entryKind<{ readonly enabled: boolean }>(),
};

export const credentialAudits = {
  credential: {
    created: entryKind<{
      readonly type: CredentialType;
      readonly scope: CredentialScope;
      /** Of one that an agent proposes. */
      readonly status?: 'PENDING_APPROVAL';
    }>(),
    updated: entryKind<ChangedFields>(),
    deleted: entryKind(),
  },
};
