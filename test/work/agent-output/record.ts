/**
 * Records the real tools' output for the tests beside: `node test/work/agent-output/record.ts [case…]`. They run as the
 * product runs them, in a hardened crew container, against the scripted upstream: nothing of this machine is in their
 * output.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openAgentsInCrew } from './agent-in-crew.ts';
import { CASES, TOOLS, type ToolName } from './agent-cases.ts';

const wanted = process.argv.slice(2);
const agents = await openAgentsInCrew();
try {
  for (const [name, tool] of Object.entries(TOOLS)) {
    for (const [title, script] of Object.entries(CASES)) {
      if (wanted.length > 0 && !wanted.includes(title)) continue;
      const { output, exitCode } = await agents.run(tool.adapter, tool.execution, {
        script: script(name as ToolName),
        env: tool.env,
      });
      console.log(`${name} ${title}: exit code ${exitCode}, ${output.length} bytes`);
      await writeFile(path.join(import.meta.dirname, 'recordings', `${name}-${title}.jsonl`), output);
    }
  }
} finally {
  await agents.close();
}
