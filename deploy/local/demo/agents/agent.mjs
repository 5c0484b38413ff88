/**
 * What the demo's agents share: the COMMAND adapter's contract (docs/integrating.md) in a few functions. Any program in
 * any language can be an agent in the same way.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';

const { CREWSHIP_RUN_DIR, CREWSHIP_SIDECAR_URL, CREWSHIP_RUN_TOKEN } = process.env;

/** What these agents say they cost: their CPU time, at ten cents a minute. */
const USD_PER_CPU_SECOND = 0.1 / 60;

/** The task, from standard input: {run, agent, mission, task, dependencies, chat_id}. */
export async function readTask() {
  return JSON.parse(await new Response(process.stdin).text());
}

/** Leaves the result where the host picks it up. `handoff` goes to the tasks that depend on this one. */
export function finish({ summary, handoff }) {
  const { user, system } = process.cpuUsage();
  const cost_usd = ((user + system) / 1e6) * USD_PER_CPU_SECOND;
  writeFileSync(path.join(CREWSHIP_RUN_DIR, 'result.json'), JSON.stringify({ summary, handoff, cost_usd }));
  console.log(summary);
}

/** Asks the people in charge and waits for their answer: {status, resolution, action}. */
export async function askPeople(input, { reason, context }) {
  const headers = { 'content-type': 'application/json', 'x-run-token': CREWSHIP_RUN_TOKEN };
  const opened = await fetch(`${CREWSHIP_SIDECAR_URL}/escalations`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ from_slug: input.agent.slug, chat_id: input.chat_id, type: 'TEXT', reason, context }),
  });
  const escalation = await opened.json();
  if (opened.status !== 201) throw new Error(`the question was refused: ${opened.status} ${escalation.detail}`);
  console.log(`asked (${escalation.escalation_id}): ${reason}`);
  const waited = await fetch(`${CREWSHIP_SIDECAR_URL}/escalations/${escalation.escalation_id}/wait`, { headers });
  const answer = await waited.json();
  if (waited.status !== 200) throw new Error(`waiting for the answer failed: ${waited.status} ${answer.detail}`);
  return answer;
}

/** The requests of an access log, one JSON object a line: {at, path, status, ms}. */
export function parseLog(text) {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
