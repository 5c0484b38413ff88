import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { orderedText } from '../../../domain/kernel/json/ordered-text.ts';
import type { DocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import {
  type ConfigDocument,
  type DocumentRef,
  INSTANCE,
} from '../../../db/instance/config-documents/config-documents-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

const MAX_BYTES = 200_000;

function conflict(current: number): CrewshipError {
  return new CrewshipError('version_conflict', `the document is at version ${current}; read it again`, {
    extensions: { current_version: current },
  });
}

/**
 * Writes the next version of a document, whole. `version` is the one that was read, 0 where there was none; with
 * another one at hand it throws `version_conflict`, and for what breaks the kind's rules `invalid_request`. The
 * instance's are written in a system transaction. Locks the document: a row that no other transition waits for.
 */
export async function saveDocument(
  tx: Tx,
  registry: DocumentRegistry,
  change: DocumentRef & { readonly body: unknown; readonly version: number; readonly actor: Actor },
): Promise<ConfigDocument> {
  const { workspaceId, kind, key, version, actor } = change;
  if (workspaceId === INSTANCE && !registry.find(kind).hasInstanceDefault) {
    throw invalidField('kind', 'has no default for the instance');
  }
  const body = registry.parse(kind, change.body);
  if (Buffer.byteLength(JSON.stringify(body)) > MAX_BYTES)
    throw invalidField('body', `must have at most ${MAX_BYTES} bytes`);
  const before = await tx.maybeOne<{ version: number; body: Readonly<Record<string, unknown>> }>(sql`
    SELECT version, body FROM config_documents
    WHERE workspace_id = ${workspaceId} AND kind = ${kind} AND key = ${key} FOR UPDATE`);
  if ((before?.version ?? 0) !== version) throw conflict(before?.version ?? 0);
  const next = version + 1;
  const written =
    before === null
      ? await tx.maybeOne<{ updatedAt: string }>(sql`
          INSERT INTO config_documents (workspace_id, kind, key, version, body)
          VALUES (${workspaceId}, ${kind}, ${key}, ${next}, ${sql.jsonb(body)})
          ON CONFLICT (workspace_id, kind, key) DO NOTHING RETURNING updated_at AS "updatedAt"`)
      : await tx.one<{ updatedAt: string }>(sql`
          UPDATE config_documents SET version = ${next}, body = ${sql.jsonb(body)}, updated_at = now()
          WHERE workspace_id = ${workspaceId} AND kind = ${kind} AND key = ${key}
          RETURNING updated_at AS "updatedAt"`);
  // Somebody made the first one between the two statements.
  if (written === null) throw conflict(1);
  await tx.execute(sql`
    INSERT INTO config_document_versions (workspace_id, kind, key, version, body, created_by)
    VALUES (${workspaceId}, ${kind}, ${key}, ${next}, ${sql.jsonb(body)}, ${actor.type === 'user' ? actor.id : null})`);
  tx.journal({
    type: 'config.updated',
    actor,
    workspaceId: workspaceId === INSTANCE ? null : workspaceId,
    targetType: 'config_document',
    targetId: key === '' ? kind : `${kind}.${key}`,
    summary: `configuration ${kind} is at version ${next}`,
    payload: { kind, key, version: next, changed_fields: changedFields(before?.body ?? {}, body) },
  });
  return { version: next, body, updatedAt: written.updatedAt };
}

/** Names only: bodies hold prompts and addresses. */
function changedFields(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] {
  // Postgres gives members back in an order of its own.
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => orderedText(before[name]) !== orderedText(after[name])).sort();
}
