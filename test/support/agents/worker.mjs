// A small agent for tests: reads its task on standard input and does what the task's description says, line by line:
//   say <text> | sleep <ms> | append <path> | fail <code> | leave-no-result | fail-until <iteration> |
//   wait-for <path> | confidence <x> | ask <question> | late-answers | dependencies | escape <path> | shell <script> |
//   env <name> <path> | alone <path>
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const input = JSON.parse(await new Response(process.stdin).text());
const runDir = process.env.CREWSHIP_RUN_DIR;

// A planning run: the mission's description holds the plans of its first and second try.
if (input.planning) {
  const plan = JSON.parse(input.mission.description)[input.run.iteration - 1];
  const summary = `${input.planning.agents.length} agents; ${input.planning.problems.join(', ')}`;
  writeFileSync(path.join(runDir, 'result.json'), JSON.stringify({ summary, plan }));
  process.exit(0);
}

const result = { summary: `${input.task.title} by ${input.agent.slug}`, cost_usd: 0.01 };

const commands = {
  say: (text) => console.log(text),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Number(ms))),
  append: (file) => appendFileSync(file, `${input.task.title} ${input.run.id}\n`),
  fail: (code) => process.exit(Number(code)),
  'leave-no-result': () => process.exit(0),
  'fail-until': (iteration) => {
    if (input.run.iteration < Number(iteration)) process.exit(3);
  },
  confidence: (value) => {
    result.confidence = Number(value);
  },
  'wait-for': (file) =>
    new Promise((resolve) => {
      const watcher = watch(path.dirname(file), () => {
        if (!existsSync(file)) return;
        watcher.close();
        resolve();
      });
      if (existsSync(file)) {
        watcher.close();
        resolve();
      }
    }),
  // A child in a session of its own that outlives its parent and appends to a file until it is ended.
  escape: (file) => {
    const script = `setInterval(() => require('node:fs').appendFileSync(${JSON.stringify(file)}, '.'), 100)`;
    spawn(process.execPath, ['-e', script], { detached: true, stdio: 'ignore' }).unref();
  },
  env: (words) => {
    const [name, file] = words.split(' ');
    appendFileSync(file, `${process.env[name] ?? ''}\n`);
  },
  // Outlives SIGTERM, and notes whether the attempt before it is still there.
  alone: (file) => {
    process.on('SIGTERM', () => {});
    const before = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').at(-1).split(' ')[0] : null;
    appendFileSync(file, `${process.pid} ${before !== null && existsSync(`/proc/${before}`) ? 'overlaps' : 'alone'}\n`);
  },
  // Ends with the script, as a shell would, if that does not end well.
  shell: (script) => {
    const { status, signal } = spawnSync('/bin/sh', ['-c', script], { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) process.exit(status ?? 128 + os.constants.signals[signal]);
  },
  ask: async (question) => {
    const sidecar = process.env.CREWSHIP_SIDECAR_URL;
    const headers = { 'content-type': 'application/json', 'x-run-token': process.env.CREWSHIP_RUN_TOKEN };
    const opened = await fetch(`${sidecar}/escalations`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ from_slug: input.agent.slug, chat_id: input.chat_id, reason: question }),
    });
    if (opened.status !== 201) throw new Error(`escalation refused: ${opened.status} ${await opened.text()}`);
    const { escalation_id: id } = await opened.json();
    const answer = await (await fetch(`${sidecar}/escalations/${id}/wait`, { headers })).json();
    result.summary = `${answer.status}: ${answer.resolution ?? answer.warning}`;
  },
  'late-answers': () => {
    result.summary = `late: ${(input.late_answers ?? []).map((answer) => answer.resolution).join(', ')}`;
  },
  dependencies: () => {
    result.summary = input.dependencies.map((dependency) => dependency.result_summary).join(' + ');
  },
};

for (const line of (input.task.description ?? '').split('\n').filter(Boolean)) {
  const [name, ...rest] = line.split(' ');
  await commands[name](rest.join(' '));
}
writeFileSync(path.join(runDir, 'result.json'), JSON.stringify(result));
