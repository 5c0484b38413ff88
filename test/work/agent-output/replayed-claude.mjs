#!/opt/crewship/bin/node
// In the place of Claude Code: says what a recording says, and notes the prompt that it was given. `wait for <file>` in
// the prompt makes it pause in the middle of a line until that file is in /workspace; `leak <word>` makes it say the
// word.
import { appendFileSync, existsSync, readFileSync, watch, writeSync } from 'node:fs';

const prompt = await new Response(process.stdin).text();
appendFileSync('/workspace/prompts', `${JSON.stringify({ prompt, args: process.argv.slice(2) })}\n`);

const title = /recording: ([a-z-]+)/.exec(prompt)?.[1] ?? 'success';
const recording = readFileSync(`/opt/crewship/tools/recordings/claude-2.1.330-${title}.jsonl`);
const awaited = /wait for ([a-z]+)/.exec(prompt)?.[1];
const middle = awaited === undefined ? recording.length : Math.floor(recording.length / 2);

const leaked = /leak ([\w-]+)/.exec(prompt)?.[1];
if (leaked !== undefined) writeSync(1, `${leaked}\n`);
writeSync(1, recording.subarray(0, middle));
if (awaited !== undefined) {
  await new Promise((resolve) => {
    const look = () => existsSync(`/workspace/${awaited}`) && resolve();
    watch('/workspace', look);
    look();
  });
  writeSync(1, recording.subarray(middle));
}
process.exit(title === 'invalid-key' ? 1 : 0);
