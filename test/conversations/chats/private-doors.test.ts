import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { addCrew, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import type { TestUser } from '../../support/test-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { turnsPlayedIn } from './played-turns.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));
const owner = perTest(() => api.addMember(crew.workspaceId, 'MEMBER'));
const play = turnsPlayedIn(() => api.database);
beforeEach(() => beatHost(api));

const SECRET = 'xylophonically';

/** A private session with a turn that is over, whose every word is the same secret. */
async function privateTurn(): Promise<Turn> {
  const turn = await owner.post<Turn>('/chat', { message: `Say ${SECRET}`, wait_s: 0 }, 202);
  await play.begin(crew.workspaceId, turn);
  await play.say(crew.workspaceId, turn, `It is ${SECRET}`);
  await play.end(crew.workspaceId, turn, { summary: `It is ${SECRET}` });
  return turn;
}

/** Every door behind which a part of a session is, by its path; true: it opens, or shows that there is one. */
async function doors(turn: Turn, by: TestUser): Promise<Record<string, boolean>> {
  const opens = async (path: string) => (await by.send('GET', path)).statusCode !== 404;
  const shows = async (path: string) => {
    const answer = await by.send('GET', path);
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`);
    return answer.body.includes(turn.session_id) || answer.body.includes(turn.run_id) || answer.body.includes(SECRET);
  };
  const session = `/sessions/${turn.session_id}`;
  return {
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
