/** What happened to a credential, in the words of its audit; other entries go by their own types. */
const EVENTS: Readonly<Record<string, string>> = {
  'audit.entity_created': 'CREATED',
  'audit.entity_updated': 'UPDATED',
  'audit.entity_deleted': 'DELETED',
  'credential.used': 'USE',
  'credential.rotated': 'ROTATE',
  'credential.rotation_cancelled': 'ROTATION_CANCELLED',
  'credential.tested': 'TEST',
  'credential.revealed': 'REVEAL',
  'credential.status_change': 'STATUS',
  'credential.assigned': 'ASSIGNED',
  'credential.unassigned': 'UNASSIGNED',
  'credential.bound': 'BOUND',
  'credential.unbound': 'UNBOUND',
  'credential.lease_issued': 'LEASED',
  'credential.lease_ended': 'LEASE_ENDED',
  'credential.sensitivity_raised': 'SENSITIVITY',
  'credential.sensitivity_lowered': 'SENSITIVITY',
  'credential.field_set': 'FIELD_SET',
  'credential.field_deleted': 'FIELD_DELETED',
};

/** `to` is what an entry says of a new status. */
export function credentialAuditEvent(entryType: string, to: unknown): string {
  if (entryType === 'credential.status_change' && to === 'REVOKED') return 'REVOKE';
  return EVENTS[entryType] ?? entryType;
}
