import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { dockerTest } from './docker-test.ts';

const MODULES = path.resolve(import.meta.dirname, '../agent-clis/node_modules');

/** The pinned tools, by their name on PATH. */
export const AGENT_CLIS = {
  claude: path.join(MODULES, '@anthropic-ai/claude-code-linux-x64/claude'),
  opencode: path.join(MODULES, 'opencode-linux-x64/bin/opencode'),
} as const;

function missingTool(): string | undefined {
  for (const [name, file] of Object.entries(AGENT_CLIS)) {
    try {
      accessSync(file, constants.X_OK);
    } catch {
      return `${name} is not installed: npm ci --prefix test/agent-clis`;
    }
  }
  return undefined;
}

/** Why tests of the real agent tools cannot run here; undefined when they can. */
export const AGENT_CLIS_MISSING = process.env.CREWSHIP_TEST_AGENT_CLIS_MISSING ?? missingTool();

/** Tests that run the real agent tools in a container, one for each case; without them each is skipped and says why. */
export function agentCliTests<Case extends string>(
  cases: readonly Case[],
  name: (title: Case) => string,
  run: (title: Case) => unknown,
  timeoutMs: number,
): void {
  for (const title of cases) dockerTest(name(title), () => run(title), timeoutMs, AGENT_CLIS_MISSING);
}
