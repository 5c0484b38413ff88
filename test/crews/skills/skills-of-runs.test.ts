import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { assignSkill, unassignSkill } from '../../../commands/crews/skills/agent-skill-commands.ts';
import { keepSkill } from '../../../commands/crews/skills/import-skill.ts';
import { skillsOfTree } from '../../../commands/crews/skills/skills-of-tree.ts';
import { updateSkill } from '../../../commands/crews/skills/skill-commands.ts';
import { createCredential } from '../../../commands/vault/credentials/credential-commands.ts';
import { resolveLaunchConfig } from '../../../db/crews/agents/launch-config.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { Skill } from '../../../domain/crews/skills/skill.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { fetchGitTree } from '../../../platform/git/fetch-git-tree.ts';
import { createGuardedClient } from '../../../platform/guarded-http/guarded-client.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { AGENT_CLIS, AGENT_CLIS_MISSING, agentCliTests } from '../../support/agent-clis.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { startGitServer } from '../../support/git-server.ts';
import { type LlmUpstream, startLlmUpstream } from '../../support/llm-upstream/llm-upstream.ts';
import { isSettledView, type MissionView, readMission } from '../../support/mission-view.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestCrew,
} from '../../support/test-crew.ts';
import { createTestEngine, type TestEngine } from '../../support/test-engine.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';

const TOOL_TIMEOUT_MS = 300_000;
const TOOLS = { claude: 'CLAUDE_CODE', opencode: 'OPENCODE' } as const;
const DESCRIPTION = 'Says how notes are signed here. Use it whenever you write a note.';
const CONTENT = 'Sign every note with the word PERIWINKLE.';

let engine: TestEngine;
let crew: TestCrew;
let upstream: LlmUpstream;
let skill: Skill;
const key = randomBytes(32);

/** The whole engine: agents of one crew are given one skill, whose form is each tool's own. */
beforeAll(async () => {
  if (DOCKER_MISSING !== undefined) return;
  upstream = await startLlmUpstream({ turns: [] });
  const tools: Record<string, string> =
    AGENT_CLIS_MISSING === undefined
      ? { CREWSHIP_CLAUDE_CODE_PATH: AGENT_CLIS.claude, CREWSHIP_OPENCODE_PATH: AGENT_CLIS.opencode }
      : {};
  engine = await createTestEngine({
    processes: ['api', 'control', 'docker-host'],
    env: {
      ...tools,
      ENCRYPTION_KEY: key.toString('hex'),
      CREWSHIP_ANTHROPIC_URL: upstream.anthropicUrl,
      CREWSHIP_TOOLS_DIR: import.meta.dirname,
    },
  });
  crew = await createTestCrew(engine.db, {
    agents: { skilled: ['skilled.mjs'], claude: ['-'], opencode: ['-'] },
    timeoutSeconds: 240,
  });
  await crew.write(sql`UPDATE crews SET container_memory_mb = 3072 WHERE id = ${crew.crewId}`);
  for (const [slug, adapter] of Object.entries(TOOLS)) {
    await crew.write(sql`
      UPDATE agents SET cli_adapter = ${adapter}, command = NULL, llm_model = 'claude-opus-4-7'
      WHERE id = ${crew.agents[slug]!}`);
  }
  const read = await readFromGit();
  await change(async (tx) => {
    const about = {
      provider: 'anthropic',
      scope: 'WORKSPACE',
      security_level: 1,
      description: null,
      tags: [],
    } as const;
    const account = { account_label: null, account_email: null, username: null, token_expires_at: null } as const;
    const secret = { name: 'anthropic', type: 'API_KEY', value: 'sk-of-the-test', refresh_token: null } as const;
    const credential = { ...about, ...account, ...secret, crew_ids: [] };
    await createCredential(tx, createKeyRing(new Map([[1, key]])), crew.workspaceId, credential, orchestratorActor());
    skill = (await keepSkill(tx, caller(), read!, orchestratorActor())).skill;
    for (const agentId of Object.values(crew.agents)) {
      const given = { agentId, skillId: skill.id, config: { ink: 'blue' } };
      await assignSkill(tx, caller(), given, orchestratorActor());
    }
  });
});
afterAll(async () => {
  await engine?.close();
  await upstream?.close();
});

/** The skill comes from a repository, as people import it. */
async function readFromGit() {
  const server = await startGitServer();
  const client = createGuardedClient({ allowed: [{ host: '127.0.0.1', port: server.port }] });
  try {
    await server.commit({
      LICENSE: 'MIT License\n',
      'notes/SKILL.md': `---\nname: Notes\nslug: notes\ndescription: ${DESCRIPTION}\n---\n${CONTENT}\n`,
      'notes/scripts/say.sh': '#!/bin/sh\necho from a script\n',
    });
    const tree = await fetchGitTree(client, { url: server.url, ref: undefined, share: crew.workspaceId });
    const wanted = { url: server.url, paths: [], vendor: null, allowUnsafe: false };
    return (await skillsOfTree(tree, wanted)).skills[0];
  } finally {
    await client.close();
    await server.close();
  }
}

const caller = () => ({ workspaceId: crew.workspaceId, userId: null, role: 'OWNER' as const });
const change = <Value>(work: (tx: Tx) => Promise<Value>): Promise<Value> =>
  engine.db.transaction({ workspaceIds: [crew.workspaceId] }, work);

async function finished(agent: string): Promise<MissionView> {
  const { missionId } = await createTestMission(engine.db, crew, { only: { agent } });
  await startTestMission(engine.db, crew, missionId);
  const view = () => readMission(engine.db, crew.workspaceId, missionId);
  return eventually(view, isSettledView, TOOL_TIMEOUT_MS);
}

interface Told {
  readonly run: { readonly config_versions: object; readonly handoff: { readonly told: readonly object[] } | null };
}

async function runOf(mission: MissionView): Promise<Told['run']> {
  const [row] = await crew.rows<Told['run']>(sql`
    SELECT r.config_versions, t.handoff_context AS handoff FROM runs r JOIN tasks t ON t.id = r.task_id
    WHERE r.id = ${mission.runs[0]!.id}`);
  return row!;
}

/** A run's directory goes after its row is settled. */
const nothingLeft = () => {
  const inputs = path.join(engine.dataDir, 'hosts', engine.stackId, 'crews', crew.crewId, 'inputs');
  return eventually(
    () => readdir(inputs),
    (left) => left.length === 0,
  );
};

dockerTest(
  'a run reads its agent’s skills and cannot change them, names their versions, and leaves nothing of them',
  async () => {
    const first = await runOf(await finished('skilled'));
    expect(first.config_versions).toEqual({ 'skill:notes': { key: skill.id, version: 1 } });
    expect(first.handoff!.told).toMatchObject([
      {
        slug: 'notes',
        version: 1,
        config: { ink: 'blue' },
        instructions: CONTENT,
        document: expect.stringMatching(/^---\nname: notes\ndescription: "Says how[^]+PERIWINKLE[^]+- ink: blue\n$/),
        said: 'from a script',
        changed: ['EROFS', 'EROFS', 'EROFS'],
      },
    ]);
    await nothingLeft();
    await change((tx) => updateSkill(tx, caller(), skill.id, { content: `${CONTENT} Twice.` }, orchestratorActor()));
    const second = await runOf(await finished('skilled'));
    expect(second.config_versions).toEqual({ 'skill:notes': { key: skill.id, version: 2 } });
    expect(second.handoff!.told).toMatchObject([{ instructions: `${CONTENT} Twice.`, said: 'from a script' }]);
    const asked = { crewId: crew.crewId, agent: 'skilled' };
    const { installed_skills: installed } = await resolveLaunchConfig(engine.db.reads, crew.workspaceId, asked);
    expect(installed).toEqual([
      { id: skill.id, slug: 'notes', name: 'Notes', description: DESCRIPTION, version: 2, runtime: 'SCRIPT' },
    ]);
    await change(async (tx) => {
      const ref = { agentId: crew.agents.skilled!, skillId: skill.id };
      await unassignSkill(tx, caller(), ref, orchestratorActor());
    });
    const third = await runOf(await finished('skilled'));
    expect([third.config_versions, third.handoff!.told]).toEqual([{}, []]);
    expect((await resolveLaunchConfig(engine.db.reads, crew.workspaceId, asked)).installed_skills).toEqual([]);
  },
  TOOL_TIMEOUT_MS,
);

agentCliTests(
  ['claude', 'opencode'],
  (tool) => `${tool} finds the skill of its agent, in its own form, and uses it`,
  async (tool) => {
    const answer = { text: 'Signed.\n\n```crewship\n{"confidence": 1}\n```' };
    const use = { toolCalls: [{ name: 'Skill', input: { skill: 'notes' } }] };
    upstream.play({ turns: tool === 'claude' ? [use, answer] : [answer] });
    const asked = upstream.requests.length;
    const mission = await finished(tool);
    expect(mission).toMatchObject({ status: 'REVIEW', runs: [{ status: 'COMPLETED' }] });
    const requests = upstream.requests.slice(asked).filter(({ hasTools }) => hasTools);
    const bodies = requests.map(({ body }) => JSON.stringify(body));
    expect(bodies[0]).toContain(DESCRIPTION);
    expect(bodies.at(-1)).toContain('PERIWINKLE');
    // Claude Code reads the instructions when it uses the skill, and not before.
    expect(bodies[0]!.includes('PERIWINKLE')).toBe(tool === 'opencode');
    expect(await runOf(mission)).toMatchObject({ config_versions: { 'skill:notes': { key: skill.id } } });
    await nothingLeft();
  },
  TOOL_TIMEOUT_MS,
);
