import { issuesFeature } from '../../../api/work/issues/issues-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { expectStatus } from '../../support/mission-crew.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const issuesRows = definePathRows(issuesFeature, {
  pathRows: {
    issueRef: ({ crew, post }) => post(`/api/v1/crews/${crew.crewId}/issues`, { title: 'An issue' }),
    async relationId({ crew, id, post }) {
      const target = await post(`/api/v1/crews/${crew.crewId}/issues`, { title: 'Another' });
      const body = { target_identifier: target, relation_type: 'relates_to' };
      return post(`/api/v1/crews/${crew.crewId}/issues/${await id('issueRef')}/relations`, body);
    },
    async issueAttachmentId({ api, crew, id }) {
      const payload = [
        '--edge',
        'content-disposition: form-data; name="file"; filename="a.txt"',
        '',
        'a',
        '--edge--',
        '',
      ];
      const answer = await api.call(crew.owner.token, {
        ...{ method: 'POST', url: `/api/v1/crews/${crew.crewId}/issues/${await id('issueRef')}/attachments` },
        ...{ payload: payload.join('\r\n'), headers: { 'content-type': 'multipart/form-data; boundary=edge' } },
      });
      return expectStatus<{ id: string }>(answer, 201).id;
    },
    async codeLinkId({ crew, id, insert }) {
      const issueId = await id('issueRef');
      return insert(
        (own) => sql`
          INSERT INTO issue_code_links (id, workspace_id, issue_id, provider, host, owner, repo, number, kind, url,
            title, state)
          VALUES (${own}, ${crew.workspaceId}, ${issueId}, 'github', 'github.com', 'acme', 'shop', 1, 'pull_request',
            'https://github.com/acme/shop/pull/1', 'A request', 'OPEN')`,
      );
    },
    labelId: ({ post }) => post('/api/v1/labels', { name: 'bug', color: 'red' }),
  },
  sidecarPathRows: {
    async identifier({ api, crew }) {
      // Two workspaces may have an issue of the same identifier; here none has another's.
      const payload = { issue_prefix: crew.crewId.slice(-8) };
      const url = `/api/v1/crews/${crew.crewId}`;
      expectStatus(await api.call(crew.owner.token, { method: 'PATCH', url, payload }), 200);
      return (await crew.make('issues', { title: 'An issue' })).identifier!;
    },
  },
});
