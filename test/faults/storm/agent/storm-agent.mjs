/**
 * The agent of the fault test. Notes in a file of its crew's workspace that it starts and that it ends, each line
 * synced to disk before it goes on, so that the file tells which process ran under which attempt, whatever became of
 * the rest.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const LINES_FILE = '/workspace/lines.jsonl';
const ASK_PATIENCE_MS = 120_000;
const ASK_PAUSE_MS = 300;
const { CREWSHIP_RUN_DIR, CREWSHIP_RUN_ID, CREWSHIP_TASK_ID, CREWSHIP_MISSION_ID } = process.env;
const { CREWSHIP_SIDECAR_URL, CREWSHIP_RUN_TOKEN } = process.env;

const input = JSON.parse(await new Response(process.stdin).text());
const behaviour = JSON.parse(input.task.description);
/** Tells two processes apart that run under one attempt. */
const processId = randomUUID();

function note(event) {
  const line = {
    event,
    run: CREWSHIP_RUN_ID,
    task: CREWSHIP_TASK_ID,
    mission: CREWSHIP_MISSION_ID,
    iteration: input.run.iteration,
    attempt: input.run.attempt,
    process: processId,
  };
  const file = openSync(LINES_FILE, 'a', 0o644);
  writeSync(file, `${JSON.stringify(line)}\n`);
  fsyncSync(file);
  closeSync(file);
}

/** Asks until somebody hears it; one key for all tries makes it one question. */
async function ask() {
  const headers = { 'content-type': 'application/json', 'x-run-token': CREWSHIP_RUN_TOKEN };
  const body = JSON.stringify({ from_slug: input.agent.slug, chat_id: input.chat_id, reason: `${processId}?` });
  const opened = await untilAnswered(`${CREWSHIP_SIDECAR_URL}/escalations`, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': processId },
    body,
  });
  return untilAnswered(`${CREWSHIP_SIDECAR_URL}/escalations/${opened.escalation_id}/wait`, { headers });
}

async function untilAnswered(url, request) {
  const deadline = Date.now() + ASK_PATIENCE_MS;
  for (;;) {
    let problem;
    try {
      const response = await fetch(url, request);
      const text = await response.text();
      if (response.ok) return JSON.parse(text);
      problem = `${response.status} ${text}`;
    } catch (error) {
      problem = String(error);
    }
    console.log(`not answered: ${problem}`);
    if (Date.now() > deadline) process.exit(9);
    await delay(ASK_PAUSE_MS);
  }
}

note('start');
console.log(`start ${CREWSHIP_RUN_ID}`);
let summary = `${input.task.title} done`;
await delay(behaviour.ms);
if (behaviour.kind === 'wild') {
  for (const pid of [1, process.ppid]) {
    try {
      process.kill(pid, 'SIGKILL');
      process.exit(8);
    } catch (error) {
      if (error.code !== 'EPERM') throw error;
    }
  }
  const script = 'trap "" TERM HUP; while :; do sleep 1; done';
  spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore', env: {} }).unref();
}
if (behaviour.kind === 'ask') {
  const answer = await ask();
  summary = `${answer.status}: ${answer.resolution}`;
}
console.log(`end ${CREWSHIP_RUN_ID}`);
note('end');
if (behaviour.kind === 'fail' || (behaviour.kind === 'retry' && input.run.iteration === 1)) process.exit(3);
writeFileSync(path.join(CREWSHIP_RUN_DIR, 'result.json'), JSON.stringify({ summary, cost_usd: 0.001 }));
