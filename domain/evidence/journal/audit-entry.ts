import type { Actor } from '../../kernel/access/authority.ts';
import type { JsonObject } from '../../kernel/json/json-value.ts';
import type { NewJournalEntry } from './new-journal-entry.ts';

/**
 * The entry of a change a person made to a thing. It names changed fields and never holds their values: some are
 * prompts or commands.
 */
export function auditEntry(
  verb: 'created' | 'updated' | 'deleted',
  options: {
    readonly actor: Actor;
    readonly workspaceId: string;
    readonly targetType: string;
    readonly targetId: string;
    /** What people call it: a slug or name. */
    readonly label: string;
    readonly changedFields?: readonly string[];
    readonly crewId?: string | null;
    readonly agentId?: string | null;
    readonly payload?: JsonObject;
  },
): NewJournalEntry {
  return {
    type: `audit.entity_${verb}`,
    actor: options.actor,
    workspaceId: options.workspaceId,
    crewId: options.crewId ?? null,
    agentId: options.agentId ?? null,
    targetType: options.targetType,
    targetId: options.targetId,
    summary: `${options.targetType} ${options.label} ${verb}`,
    payload: {
      ...(options.changedFields === undefined ? {} : { changed_fields: [...options.changedFields] }),
      ...options.payload,
    },
  };
}
