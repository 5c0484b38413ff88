import { randomBytes } from 'node:crypto';
import { artifactsFeature } from '../../../api/work/artifacts/artifacts-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const artifactsRows = definePathRows(artifactsFeature, {
  pathRows: {
    async referenceToken({ crew, insert }) {
      const token = randomBytes(16).toString('base64url');
      const runId = await insert(
        (id) => sql`
          INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type, status, finished_at)
          VALUES (${id}, ${crew.workspaceId}, ${crew.lead.id}, ${crew.crewId}, 'USER', 'COMPLETED', now())`,
      );
      const artifactId = await insert(
        (id) => sql`
          INSERT INTO artifacts (id, workspace_id, reference_token, run_id, path, name, kind, mime)
          VALUES (${id}, ${crew.workspaceId}, ${token}, ${runId}, 'a.html', 'a.html', 'html', 'text/html')`,
      );
      const blobId = await insert(
        (id) => sql`
          INSERT INTO blobs (id, workspace_id, state, sha256, size_bytes)
          VALUES (${id}, ${crew.workspaceId}, 'stored', ${'a'.repeat(64)}, 1)`,
      );
      await insert(
        () => sql`
          INSERT INTO artifact_revisions (workspace_id, artifact_id, revision, blob_id, sha256, size_bytes, author_type)
          VALUES (${crew.workspaceId}, ${artifactId}, 1, ${blobId}, ${'a'.repeat(64)}, 1, 'agent')`,
        newId(),
      );
      return token;
    },
  },
});
