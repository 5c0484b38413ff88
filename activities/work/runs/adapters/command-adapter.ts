import type { TurnInput } from '../../../../db/conversations/chats/read-turn-input.ts';
import type { RunExecution } from '../../../../db/work/runs/read-run-execution.ts';
import type { RunReport } from '../../../../commands/engine/runs/settle-run.ts';
import {
  type DeliveredSkill,
  type DeliveredSkills,
  skillFolder,
} from '../../../../domain/crews/skills/delivered-skill.ts';
import type { JsonObject } from '../../../../domain/kernel/json/json-value.ts';
import { CONFIDENCE } from '../../../../domain/work/missions/confidence.ts';
import { readPublishedPaths } from '../../../../domain/work/artifacts/artifact.ts';
import { MAX_PLANNED_TASKS } from '../../../../domain/work/missions/parse-plan.ts';
import { inputFileNames, inputsDirectory } from '../exec/attempt-files.ts';
import { readResult } from '../exec/read-result.ts';
import type { AgentAdapter, ReportDeps } from './agent-adapter.ts';

/** What the output's last lines may add to an error, and make a summary of. */
const ERROR_TAIL_CHARACTERS = 1_000;
const SUMMARY_TAIL_CHARACTERS = 2_000;

/** The agent's own argv; the task as JSON on standard input; the result in the run directory's `result.json`. */
export const commandAdapter: AgentAdapter = {
  start: (execution) => ({
    argv: execution.agent.command ?? [],
    input: JSON.stringify(commandInput(execution)),
    env: {},
  }),

  createReader: () => null,

  createTurnLines: () => null,

  async report(deps, { crewId, attemptId, exitCode, outputTruncated }): Promise<RunReport> {
    const read = await readResult(deps, { crewId, attemptId });
    if (!read.ok) {
      const result = read.problem === 'missing' ? 'missing' : 'invalid';
      const report = { outputTruncated, outcome: { kind: 'exited' as const, exitCode, result } as const };
      if (exitCode !== 0) return { ...report, errorMessage: await exitMessage(deps, exitCode) };
      if (result === 'invalid') return { ...report, errorMessage: `${read.problem}: ${read.detail}` };
      const said = await deps.readTail(SUMMARY_TAIL_CHARACTERS);
      return { ...report, summary: said === '' ? null : said };
    }
    const { confidence } = read.result;
    return {
      outputTruncated,
      outcome: { kind: 'exited', exitCode, result: 'ok' },
      summary: read.result.summary,
      confidence: typeof confidence === 'string' ? CONFIDENCE[confidence] : (confidence ?? null),
      handoff: (read.result.handoff as JsonObject | undefined) ?? null,
      costMicros: read.result.costMicroUsd ?? 0,
      plan: read.result.plan,
      artifacts: readPublishedPaths(read.result.artifacts),
      errorMessage: exitCode === 0 ? null : await exitMessage(deps, exitCode),
    };
  },
};

/** What people look for first: what a program says before it gives up stands in its last lines. */
async function exitMessage({ readTail }: Pick<ReportDeps, 'readTail'>, exitCode: number): Promise<string> {
  const said = await readTail(ERROR_TAIL_CHARACTERS);
  return `exit code ${exitCode}${said === '' ? '' : `: ${said}`}`;
}

/** What a turn is told, with its files by where they are. */
function commandChat(runId: string, { files, ...chat }: TurnInput): unknown {
  const names = inputFileNames(files);
  const paths = files.map(({ size_bytes }, index) => ({
    path: `${inputsDirectory(runId)}/${names[index]}`,
    size_bytes,
  }));
  return { ...chat, files: paths };
}

function told(delivered: DeliveredSkills) {
  return (skill: DeliveredSkill) => ({
    slug: skill.slug,
    name: skill.name,
    description: skill.description,
    version: skill.version,
    config: skill.config,
    directory: skillFolder(delivered, skill),
    instructions: skill.content,
  });
}

function commandInput(execution: RunExecution): unknown {
  const { agent, run } = execution;
  return {
    run: { id: run.id, iteration: run.iteration, attempt: run.attempt_no },
    agent: { id: agent.id, slug: agent.slug, name: agent.name, system_prompt: agent.systemPrompt },
    mission: execution.mission,
    task: execution.task,
    request: execution.request,
    ...(execution.standard === null
      ? {}
      : { prompt_standard: { content: execution.standard.content, rules: execution.standard.rules } }),
    ...(execution.knowledge === null ? {} : { knowledge: execution.knowledge }),
    ...(execution.skills === null ? {} : { skills: execution.skills.skills.map(told(execution.skills)) }),
    dependencies: execution.dependencies,
    ...(execution.planning === null ? {} : { planning: { ...execution.planning, max_tasks: MAX_PLANNED_TASKS } }),
    ...(execution.openQuestions.length === 0 ? {} : { open_questions: execution.openQuestions }),
    ...(execution.lateAnswers.length === 0 ? {} : { late_answers: execution.lateAnswers }),
    ...(execution.chat === null ? {} : { chat: commandChat(run.id, execution.chat) }),
    chat_id: run.chat_id,
  };
}
