import { expect, test } from 'vitest';
import { z } from 'zod';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import {
  INSTANCE,
  listDocumentVersions,
  readDocument,
  readDocumentVersion,
  readEffectiveDocument,
} from '../../../db/instance/config-documents/config-documents-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { DocumentKind } from '../../../domain/kernel/documents/document-kind.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const { db, owner } = useDatabase();
const greeting: DocumentKind = {
  name: 'greeting',
  schema: (fields) =>
    fields.z.strictObject({ text: fields.z.string().max(20), loud: fields.z.boolean().default(false) }),
  hasInstanceDefault: true,
};
const local: DocumentKind = { ...greeting, name: 'local', hasInstanceDefault: false };
const registry = createDocumentRegistry(z, [greeting, local]);
const actor = { ...systemActor(), type: 'user' as const, id: 'u_1' };

function save(workspaceId: string, body: unknown, version: number, kind = 'greeting', key = '') {
  const change = { workspaceId, kind, key, body, version, actor };
  return workspaceId === INSTANCE
    ? db.systemTransaction({}, (tx) => saveDocument(tx, registry, change))
    : db.transaction({ workspaceIds: [workspaceId] }, (tx) => saveDocument(tx, registry, change));
}

test('versions only grow, each stays as it was, and the entry names the fields that changed', async () => {
  const workspaceId = newId();
  const ref = { workspaceId, kind: 'greeting', key: '' };
  expect(await readDocument(db.reads, ref)).toBeNull();
  expect(await save(workspaceId, { text: 'hello' }, 0)).toMatchObject({
    version: 1,
    body: { text: 'hello', loud: false },
  });
  await save(workspaceId, { text: 'hello', loud: true }, 1);
  await save(workspaceId, { text: 'good day', loud: true }, 2);
  expect(await readDocument(db.reads, ref)).toMatchObject({ version: 3, body: { text: 'good day', loud: true } });
  expect(await readDocumentVersion(db.reads, ref, 1)).toMatchObject({ body: { text: 'hello', loud: false } });
  expect(await readDocumentVersion(db.reads, ref, 4)).toBeNull();
  expect(await listDocumentVersions(db.reads, ref, 10)).toMatchObject([
    { version: 3, createdBy: 'u_1' },
    { version: 2 },
    { version: 1 },
  ]);
  const { rows } = await owner.query<{ payload: object }>(
    `SELECT payload FROM journal_entries WHERE workspace_id = $1 AND entry_type = 'config.updated'
     ORDER BY payload->'version'`,
    [workspaceId],
  );
  expect(rows.map(({ payload }) => payload)).toEqual([
    { kind: 'greeting', key: '', version: 1, changed_fields: ['loud', 'text'] },
    { kind: 'greeting', key: '', version: 2, changed_fields: ['loud'] },
    { kind: 'greeting', key: '', version: 3, changed_fields: ['text'] },
  ]);
});

test('of those who write on the same version one does, and the others hear which it is', async () => {
  const workspaceId = newId();
  for (const version of [0, 1]) {
    const writes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => save(workspaceId, { text: `t${index}` }, version)),
    );
    expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const write of writes) {
      if (write.status === 'fulfilled') continue;
      expect(write.reason).toMatchObject({ code: 'version_conflict', extensions: { current_version: version + 1 } });
    }
  }
  await expect(save(workspaceId, { text: 'x' }, 1)).rejects.toMatchObject({ code: 'version_conflict' });
  await expect(save(workspaceId, { text: 'x' }, 3)).rejects.toMatchObject({ code: 'version_conflict' });
  const { rows } = await owner.query<{ version: number }>(
    'SELECT version FROM config_document_versions WHERE workspace_id = $1 ORDER BY 1',
    [workspaceId],
  );
  expect(rows).toEqual([{ version: 1 }, { version: 2 }]);
});

test('a document that breaks its kind’s rules is refused and names the fields', async () => {
  const workspaceId = newId();
  for (const [body, path] of [
    [{ text: 1 }, 'text'],
    [{ text: 'x', more: 1 }, ''],
    [null, ''],
    [{ text: 'x'.repeat(21) }, 'text'],
  ] as const) {
    await expect(save(workspaceId, body, 0)).rejects.toMatchObject({ code: 'invalid_request', fields: [{ path }] });
  }
  await expect(save(INSTANCE, { text: 'x' }, 0, 'local')).rejects.toMatchObject({ code: 'invalid_request' });
  expect(() => createDocumentRegistry(z, [greeting, greeting])).toThrow('declared twice');
});

test('the instance’s counts where a workspace has none; neither is in another workspace’s sight', async () => {
  const [one, other] = [newId(), newId()];
  await save(INSTANCE, { text: 'of all' }, 0, 'greeting', 'shared');
  await save(one, { text: 'of one' }, 0, 'greeting', 'shared');
  const at = (workspaceId: string) => readEffectiveDocument(db, { workspaceId, kind: 'greeting', key: 'shared' });
  expect(await at(one)).toMatchObject({ source: 'workspace', body: { text: 'of one' } });
  expect(await at(other)).toMatchObject({ source: 'instance', body: { text: 'of all' } });
  expect(await db.reads.any([other], sql`SELECT 1 FROM config_documents`)).toEqual([]);
});

test('no login of a process rewrites or deletes a version', async () => {
  for (const login of ['crewship_app', 'crewship_system']) {
    for (const right of ['UPDATE', 'DELETE', 'TRUNCATE']) {
      const { rows } = await owner.query(
        `SELECT has_table_privilege(rolname, 'config_document_versions', $2) AS may FROM pg_roles WHERE rolname = $1`,
        [login, right],
      );
      expect(rows, `${login} ${right}`).toEqual([{ may: false }]);
    }
  }
});
