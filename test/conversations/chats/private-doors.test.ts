import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import '../../support/property-seed.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { addCrew, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import type { TestUser } from '../../support/test-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { attach } from './attached-files.ts';
import { turnsPlayedIn } from './played-turns.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));
const owner = perTest(() => api.addMember(crew.workspaceId, 'MEMBER'));
const play = turnsPlayedIn(() => api.database);
beforeEach(() => beatHost(api, 1_000));

const SECRET = 'xylophonically';

type PrivateTurn = Turn & { readonly fileId: string; readonly artifact: string };

/** A private session with a turn that is over, whose every word, file and artifact is the same secret. */
async function privateTurn(): Promise<PrivateTurn> {
  const { id: chatId } = await owner.post<{ id: string }>(`/agents/${crew.lead.id}/chats`);
  const place = { agentId: crew.lead.id, chatId };
  const file = await attach(api, owner, place, { name: `${SECRET}.txt`, content: SECRET });
  const asked = { message: `Say ${SECRET}`, wait_s: 0, session_id: chatId };
  const begun = await owner.post<Turn>('/chat', asked, 202);
  const token = randomBytes(16).toString('base64url');
  await crew.write(sql`
    INSERT INTO artifacts (id, workspace_id, reference_token, run_id, chat_id, path, name, kind, mime)
    VALUES (${newId()}, ${crew.workspaceId}, ${token}, ${begun.run_id}, ${chatId}, ${`${SECRET}.html`},
      ${`${SECRET}.html`}, 'html', 'text/html')`);
  const turn = { ...begun, fileId: file.body.id, artifact: token };
  await play.begin(crew.workspaceId, turn);
  await play.say(crew.workspaceId, turn, `It is ${SECRET}`);
  await play.end(crew.workspaceId, turn, { summary: `It is ${SECRET}` });
  return turn;
}

/** Every door behind which a part of a session is, by its path; true: it opens, or shows that there is one. */
async function doors(turn: PrivateTurn, by: TestUser): Promise<Record<string, boolean>> {
  const opens = async (path: string) => (await by.send('GET', path)).statusCode !== 404;
  const shows = async (path: string) => {
    const answer = await by.send('GET', path);
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`);
    return answer.body.includes(turn.session_id) || answer.body.includes(turn.run_id) || answer.body.includes(SECRET);
  };
  const session = `/sessions/${turn.session_id}`;
  const chat = `/chats/${turn.session_id}`;
  const files = `/agents/${crew.lead.id}/chats/${turn.session_id}/attachments`;
  return {
    messages: await opens(`${chat}/messages`),
    frames: await opens(`${chat}/stream?last_seq=1000`),
    participants: await opens(`${chat}/participants`),
    files: await opens(files),
    file: await opens(`${files}/${turn.fileId}/download`),
    artifact: await opens(`/attachments/${turn.artifact}/source`),
    agentChats: await shows(`/agents/${crew.lead.id}/chats`),
    session: await opens(session),
    transcript: await opens(`${session}/transcript`),
    export: await opens(`${session}/export`),
    replay: await opens(`${session}/replay`),
    run: await opens(`/runs/${turn.run_id}`),
    output: await opens(`/runs/${turn.run_id}/output`),
    events: await opens(`/runs/${turn.run_id}/events`),
    job: await opens(`/agent-jobs/${turn.job_id}`),
    sessions: await shows('/sessions'),
    runs: await shows('/runs'),
    agentRuns: await shows(`/agents/${crew.lead.id}/runs`),
    journal: await shows('/journal?limit=200'),
    trace: await shows(`/journal?trace_id=${turn.run_id}`),
    search: await shows('/journal?q=answer'),
    jobs: await shows('/agent-jobs'),
  };
}
const every = (seen: Record<string, boolean>) =>
  Object.entries(seen)
    .filter(([, is]) => is)
    .map(([name]) => name);

test('a private session is behind no door to who has no share of it, whatever their role below ADMIN', async () => {
  const turn = await privateTurn();
  for (const role of ['VIEWER', 'MEMBER', 'MANAGER'] as const) {
    expect(every(await doors(turn, await api.addMember(crew.workspaceId, role))), role).toEqual([]);
  }
  const mine = every(await doors(turn, owner));
  expect(mine).toEqual(expect.arrayContaining(['session', 'run', 'output', 'events', 'runs', 'journal', 'trace']));
});

test('who manages the workspace reads of it that there were turns, and not a word', async () => {
  const turn = await privateTurn();
  for (const role of ['ADMIN', 'OWNER'] as const) {
    const seen = every(await doors(turn, await api.addMember(crew.workspaceId, role)));
    expect(seen, role).toEqual(['job', 'journal', 'trace', 'search', 'jobs']);
  }
  const admin = await api.addMember(crew.workspaceId, 'ADMIN');
  for (const path of ['/journal?limit=200', '/agent-jobs', `/agent-jobs/${turn.job_id}`]) {
    expect((await admin.send('GET', path)).body, path).not.toContain(SECRET);
  }
});

test('a share opens every door, and its end closes every one', async () => {
  const turn = await privateTurn();
  const guest = await api.addMember(crew.workspaceId, 'VIEWER');
  const share = await owner.post<{ id: string }>(`/sessions/${turn.session_id}/shares`, { user_id: guest.id });
  expect(every(await doors(turn, guest))).toEqual([]);
  await guest.act(`/sessions/${turn.session_id}/shares/${share.id}/accept`, {});
  const opened = every(await doors(turn, guest));
  expect(opened).toEqual(every(await doors(turn, owner)).filter((name) => name !== 'job' && name !== 'jobs'));
  await owner.delete(`/sessions/${turn.session_id}/shares/${share.id}`);
  expect(every(await doors(turn, guest))).toEqual([]);
});

test('a session that is deleted is behind no door, not even to its owner', async () => {
  const turn = await privateTurn();
  await crew.write(sql`UPDATE chats SET deleted_at = now() WHERE id = ${turn.session_id}`);
  expect(every(await doors(turn, owner)).filter((name) => !['job', 'jobs'].includes(name))).toEqual([
    ...['journal', 'trace', 'search'],
  ]);
});

const PERSONS = ['VIEWER', 'MEMBER', 'MANAGER', 'ADMIN'] as const;
const step = fc.record({
  who: fc.constantFrom(...PERSONS.keys()),
  what: fc.constantFrom('share', 'accept', 'revoke', 'add', 'remove'),
  role: fc.constantFrom('viewer', 'editor'),
});

/** What a model of the rules says of somebody: how they are in, and the share that is theirs. */
interface Standing {
  role: 'viewer' | 'editor' | null;
  byShare: boolean;
  share: { readonly id: string; accepted: boolean } | null;
}

test('whatever is shared, accepted, revoked and let in or out, every door is open to the same people', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const turn = await privateTurn();
      const people = await Promise.all(PERSONS.map((role) => api.addMember(crew.workspaceId, role)));
      const standings: Standing[] = PERSONS.map(() => ({ role: null, byShare: false, share: null }));
      const shares = `/sessions/${turn.session_id}/shares`;
      for (const { who, what, role } of steps) {
        const [person, is] = [people[who]!, standings[who]!];
        if (what === 'share' && is.share === null) {
          is.share = { ...(await owner.post<{ id: string }>(shares, { user_id: person.id, role })), accepted: false };
          Object.assign(is.share, { role });
        } else if (what === 'accept' && is.share?.accepted === false) {
          await person.act(`${shares}/${is.share.id}/accept`, {});
          is.share.accepted = true;
          // A higher role that one has already stays.
          if (is.role !== 'editor') Object.assign(is, { role: (is.share as { role?: string }).role, byShare: true });
        } else if (what === 'revoke' && is.share !== null) {
          await owner.delete(`${shares}/${is.share.id}`);
          if (is.byShare) Object.assign(is, { role: null, byShare: false });
          is.share = null;
        } else if (what === 'add') {
          const added = { user_id: person.id, role: role === 'editor' ? 'member' : 'viewer' };
          await owner.post(`/chats/${turn.session_id}/participants`, added, is.role === null ? 201 : 200);
          Object.assign(is, { role, byShare: false });
        } else if (what === 'remove' && is.role !== null) {
          await owner.delete(`/chats/${turn.session_id}/participants/${person.id}`);
          Object.assign(is, { role: null, byShare: false });
          if (is.share?.accepted === true) is.share = null;
        }
      }
      const whole = every(await doors(turn, owner)).filter((name) => name !== 'job' && name !== 'jobs');
      for (const [who, person] of people.entries()) {
        const manages = PERSONS[who] === 'ADMIN' ? ['job', 'journal', 'trace', 'search', 'jobs'] : [];
        const expected = standings[who]!.role === null ? manages : [...whole, ...manages];
        const label = `${PERSONS[who]} after ${JSON.stringify(steps)}`;
        expect(every(await doors(turn, person)).sort(), label).toEqual([...new Set(expected)].sort());
      }
    }),
    { numRuns: 8 },
  );
}, 90_000);
