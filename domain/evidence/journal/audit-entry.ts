import type { AuditVerb } from '../../kernel/journal/entry-kind.ts';
import type { JsonObject } from '../../kernel/json/json-value.ts';
import type { AuditPayload, AuditTarget } from './journal-entries.ts';
import type { AuditParts, EntryFrame, PayloadMember } from './new-journal-entry.ts';

type AuditFrame = Pick<EntryFrame, 'actor' | 'crewId' | 'agentId'> & {
  readonly workspaceId: string;
  /** What people call it: a slug or name. */
  readonly label: string;
};

/**
 * The entry of a change a person made to a thing. It names changed fields and never holds their values: some are
 * prompts or commands.
 */
export function auditEntry<Verb extends AuditVerb, Target extends AuditTarget>(
  verb: Verb,
  options: AuditFrame &
    PayloadMember<AuditPayload<Target, Verb>> & { readonly targetType: Target; readonly targetId: string },
): EntryFrame & AuditParts<Target, Verb>;
export function auditEntry(
  verb: AuditVerb,
  options: AuditFrame & { readonly targetType: string; readonly targetId: string; readonly payload?: JsonObject },
): EntryFrame & { readonly type: string; readonly payload?: JsonObject } {
  return {
    type: `audit.entity_${verb}`,
    actor: options.actor,
    workspaceId: options.workspaceId,
    crewId: options.crewId ?? null,
    agentId: options.agentId ?? null,
    targetType: options.targetType,
    targetId: options.targetId,
    summary: `${options.targetType} ${options.label} ${verb}`,
    payload: options.payload ?? {},
  };
}
