import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { KnowledgeEntry } from '../../../domain/knowledge/entries/entry.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { readNow } from '../files/read-now.ts';

const ROLES = ['MANAGER', 'MEMBER', 'VIEWER'] as const satisfies readonly Role[];
type Access = 'read' | 'write' | null;

const api = perFile(() => startTestApi());
let owner: TestOwner;
let person: TestUser;
/** Names of namespaces, by what opens them. */
let spaces: { team: string; made: [string, string]; open: string; closed: string };
let projects: { open: string; closed: string };
/** In each namespace one that is found, one draft and one that is hidden; all link to each other’s. */
const entries: { id: string; title: string; namespace: string; isFound: boolean }[] = [];
/** In each namespace one that is found and one that is hidden; each has an entry among those above. */
const files: { id: string; filename: string; entryId: string; namespace: string; isFound: boolean }[] = [];

beforeAll(async () => {
  owner = await api.addOwner();
  person = await api.addMember(owner.workspaceId, 'MEMBER');
  const project = (visibility: string) => owner.post<{ id: string }>('/projects', { name: visibility, visibility });
  const [open, closed] = [await project('workspace'), await project('private')];
  projects = { open: open.id, closed: closed.id };
  spaces = {
    ...{ team: 'team', made: ['handbook', 'finance'] },
    ...{ open: `project.${open.id}`, closed: `project.${closed.id}` },
  };
  const all = [spaces.team, ...spaces.made, spaces.open, spaces.closed];
  for (const [index, namespace] of all.entries()) {
    for (const [title, more] of [
      ['found', {}],
      ['draft', { status: 'draft' }],
      ['hidden', { visibility: 'hidden' }],
    ] as const) {
      const name = `${title} zebra${index}`;
      const links = entries.map(({ id }) => ({ to_entry_id: id, relation: 'related' }));
      const body = { namespace, title: name, content: `A zebra grazes, ${name}. [[missing ${index}]]`, links, ...more };
      const { id } = await owner.post<KnowledgeEntry>('/knowledge', body);
      entries.push({ id, title: name, namespace, isFound: title === 'found' });
    }
    for (const visibility of ['visible', 'hidden'] as const)
      await addFile(namespace, `${visibility} file zebra${index}`, visibility);
  }
});

async function addFile(namespace: string, title: string, visibility: 'visible' | 'hidden'): Promise<void> {
  const text = `A zebra grazes, ${title}.`;
  const asked = { namespace, title, text, visibility };
  const added = await owner.post<{ file_id: string; job_id: string }>('/knowledge/ingest', asked, 202);
  await readNow(api.database, { workspaceId: owner.workspaceId, id: added.job_id }, added.file_id, [text]);
  const { items } = await owner.get<{ items: { id: string }[] }>(`/knowledge?file_id=${added.file_id}`);
  const isFound = visibility === 'visible';
  entries.push({ id: items[0]!.id, title, namespace, isFound });
  const filename = `${title.replaceAll(' ', '-')}.md`;
  files.push({ id: added.file_id, filename, entryId: items[0]!.id, namespace, isFound });
}

/** What somebody is given, by an administrator and by the owners of projects. */
const given = fc.record({
  role: fc.constantFrom(...ROLES),
  grants: fc.tuple(fc.constantFrom<Access>(null, 'read', 'write'), fc.constantFrom<Access>(null, 'read', 'write')),
  open: fc.constantFrom(null, 'viewer', 'editor', 'owner'),
  closed: fc.constantFrom(null, 'viewer', 'editor', 'owner'),
});
type Given = typeof given extends fc.Arbitrary<infer Value> ? Value : never;

async function give({ role, grants, open, closed }: Given): Promise<void> {
  const granted = spaces.made.flatMap((name, index) =>
    grants[index] == null ? [] : [{ name, access: grants[index] }],
  );
  await owner.patch(`/auth/users/${person.id}`, { role, namespaces: granted });
  for (const [id, wanted] of [
    [projects.open, open],
    [projects.closed, closed],
  ] as const) {
    const url = `/projects/${id}/members/${person.id}`;
    if (wanted === null) await owner.ask('DELETE', url);
    else await owner.ask('PATCH', url, { role: wanted });
  }
}

/** What they reach by that, said anew. */
function expected({ role, grants, open, closed }: Given): Map<string, Access> {
  const byProject = (member: string | null): Access =>
    member === null ? null : member === 'viewer' ? 'read' : 'write';
  const reach = new Map<string, Access>([
    [spaces.team, role === 'VIEWER' ? 'read' : 'write'],
    [spaces.open, role === 'MANAGER' ? 'write' : (byProject(open) ?? 'read')],
    [spaces.closed, byProject(closed)],
  ]);
  for (const [index, name] of spaces.made.entries()) {
    const granted = grants[index] ?? null;
    reach.set(name, role === 'MANAGER' ? 'write' : granted === 'write' && role === 'VIEWER' ? 'read' : granted);
  }
  return reach;
}

/** What is answered; a refusal names the path that was asked for, and is held against that of a missing one. */
async function textOf(path: string, question?: object): Promise<string> {
  const { statusCode, body } = await person.send(question === undefined ? 'GET' : 'POST', path, question);
  if (statusCode !== 200) expect(shapeOf(body)).toMatchObject({ status: 404, code: 'not_found' });
  return statusCode === 200 ? body : '';
}

/** Every door that yields something of an entry: all that it answers, as text. */
const DOORS: Readonly<Record<string, () => Promise<string>>> = {
  async list() {
    return textOf('/knowledge?limit=100');
  },
  async links() {
    const answers = await Promise.all(entries.map(({ id }) => textOf(`/knowledge/${id}/links?limit=100`)));
    return answers.join('\n');
  },
  async files() {
    return textOf('/knowledge/files?limit=100');
  },
  async documents() {
    const all = Object.values(projects).map((id) => textOf(`/projects/${id}/documents?limit=100`));
    return (await Promise.all(all)).join('\n');
  },
  async contents() {
    const all = files.map(async ({ entryId }) => {
      const { statusCode, body } = await person.send('GET', `/knowledge/${entryId}/file`);
      return statusCode === 200 ? `${entryId} ${body}` : '';
    });
    return (await Promise.all(all)).join('\n');
  },
  async search() {
    return textOf('/knowledge/search', { query: 'zebra grazes', limit: 50 });
  },
  async titles() {
    const asked = entries.map(({ title }) => textOf('/knowledge/search', { query: `${title.slice(0, -2)}s` }));
    return (await Promise.all(asked)).join('\n');
  },
  async retrieve() {
    return textOf('/knowledge/retrieve', { query: 'zebra', depth: 3, max_entries: 50, max_tokens: 32_000 });
  },
  async graph() {
    const names = [spaces.team, ...spaces.made, spaces.open, spaces.closed];
    const whole = names.map((name) => textOf(`/knowledge/wiki-graph?namespace=${name}`));
    const around = entries.map(({ id, namespace }) =>
      textOf(`/knowledge/wiki-graph?namespace=${namespace}&root=${id}&depth=4`),
    );
    return (await Promise.all([...whole, ...around])).join('\n');
  },
};

test('whatever somebody is given, no door yields anything beyond it, nor that it is there', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (gifts) => {
      await give(gifts);
      const reach = expected(gifts);
      const seen = entries.filter(({ namespace, isFound }) => {
        const access = reach.get(namespace);
        return access === 'write' || (access === 'read' && isFound);
      });
      const unseen = entries.filter((entry) => !seen.includes(entry));
      const { items } = await person.get<{ items: { name: string; access: Access; entry_count: number }[] }>(
        '/knowledge/namespaces',
      );
      expect(new Map(items.map(({ name, access }) => [name, access]))).toEqual(
        new Map([...reach].filter(([, access]) => access !== null)),
      );
      for (const { name, entry_count: count } of items) {
        expect([name, count]).toEqual([name, seen.filter(({ namespace }) => namespace === name).length]);
      }
      const missing = await person.send('GET', '/knowledge/nothing-of-this-id');
      for (const { id } of unseen) {
        const answer = await person.send('GET', `/knowledge/${id}`);
        expect([answer.statusCode, shapeOf(answer.body)]).toEqual([404, shapeOf(missing.body)]);
      }
      for (const { id } of seen) expect((await person.ask('GET', `/knowledge/${id}`)).status).toBe(200);
      for (const [door, open] of Object.entries(DOORS)) {
        const text = await open();
        for (const { id, title } of unseen) {
          expect(text.includes(id), `${door} shows ${title}`).toBe(false);
          expect(text.includes(title), `${door} names ${title}`).toBe(false);
        }
        for (const { id, filename } of files.filter(({ entryId }) => unseen.some((entry) => entry.id === entryId))) {
          expect(text.includes(id), `${door} shows ${filename}`).toBe(false);
          expect(text.includes(filename), `${door} names ${filename}`).toBe(false);
        }
      }
      const [list, found] = [await DOORS.list!(), await DOORS.search!()];
      const [listed, contents] = [await DOORS.files!(), await DOORS.contents!()];
      for (const file of files.filter(({ entryId }) => seen.some((entry) => entry.id === entryId))) {
        expect(listed).toContain(file.id);
        expect(contents).toContain(file.entryId);
      }
      for (const { entryId } of files.filter(({ isFound }) => !isFound)) expect(found).not.toContain(entryId);
      for (const { id, isFound } of seen) {
        expect(list).toContain(id);
        if (isFound) expect(found).toContain(id);
      }
      for (const [name, access] of reach) {
        const [list, graph, search, retrieval] = await Promise.all([
          person.ask('GET', `/knowledge?namespace=${name}`),
          person.ask('GET', `/knowledge/wiki-graph?namespace=${name}`),
          person.ask('POST', '/knowledge/search', { query: 'zebra', namespaces: ['team', name] }),
          person.ask('POST', '/knowledge/retrieve', { query: 'zebra', namespaces: [name] }),
        ]);
        const status = access === null ? 404 : 200;
        const statuses = [list, graph, search, retrieval].map((answer) => answer.status);
        expect([name, ...statuses]).toEqual([name, status, status, status, status]);
      }
    }),
    { numRuns: 12 },
  );
}, 60_000);

/** A problem without what is of the request alone. */
function shapeOf(text: string): object {
  const { instance: _instance, request_id: _request, ...shape } = JSON.parse(text) as Record<string, unknown>;
  return shape;
}
