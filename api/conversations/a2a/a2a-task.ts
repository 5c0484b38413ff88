import { type Artifact, type Message, type Part, Role, type Task, TaskState, type TaskStatus } from '@a2a-js/sdk';
import type { TurnQuestion, TurnTask } from '../../../db/conversations/chats/read-turn-tasks.ts';
import type { ArtifactRef } from '../../../domain/work/artifacts/artifact.ts';
import { isJobOver, type JobStatus } from '../../../domain/work/jobs/job-status.ts';

/** What the agent says is this artifact of its task; files that it published are others. */
const ANSWER_ID = 'answer';

const STATES: Readonly<Record<JobStatus, TaskState>> = {
  queued: TaskState.TASK_STATE_SUBMITTED,
  running: TaskState.TASK_STATE_WORKING,
  waiting: TaskState.TASK_STATE_WORKING,
  cancelling: TaskState.TASK_STATE_WORKING,
  completed: TaskState.TASK_STATE_COMPLETED,
  failed: TaskState.TASK_STATE_FAILED,
  cancelled: TaskState.TASK_STATE_CANCELED,
};

/** The statuses of turns that are in this state, and whether they ask; null: none ever is. */
export function statusesIn(
  state: TaskState,
): { readonly statuses: readonly JobStatus[]; readonly isAsking?: boolean } | null {
  if (state === TaskState.TASK_STATE_INPUT_REQUIRED) return { statuses: ['queued', 'running'], isAsking: true };
  const statuses = (Object.keys(STATES) as JobStatus[]).filter((status) => STATES[status] === state);
  if (statuses.length === 0) return null;
  return state === TaskState.TASK_STATE_WORKING ? { statuses, isAsking: false } : { statuses };
}

/** A task that nothing more happens to. */
export function isOver(task: Pick<TurnTask, 'status'>): boolean {
  return isJobOver(task.status);
}

/** Whether its agent waits for somebody. */
export function isAsking(task: Pick<TurnTask, 'status' | 'questions'>): boolean {
  return task.questions.length > 0 && (task.status === 'running' || task.status === 'queued');
}

interface Place {
  readonly taskId: string;
  readonly contextId: string;
}

const NO_EXTRAS = { metadata: undefined, extensions: [] };

function textPart(text: string): Part {
  return { content: { $case: 'text', value: text }, metadata: undefined, filename: '', mediaType: 'text/plain' };
}

function messageOf(place: Place, role: Role, id: string, parts: Part[]): Message {
  return { messageId: id, ...place, role, parts, ...NO_EXTRAS, referenceTaskIds: [] };
}

export function answerArtifact(text: string): Artifact {
  return { artifactId: ANSWER_ID, name: 'Answer', description: '', parts: [textPart(text)], ...NO_EXTRAS };
}

/** A published file: read at its address with the caller's credential. */
export function fileArtifact(file: Omit<ArtifactRef, 'size_bytes' | 'revision'>, base: string): Artifact {
  const { reference_token: token, name, title, mime } = file;
  const url = `${base}/api/v1/attachments/${token}/download`;
  const part: Part = { content: { $case: 'url', value: url }, metadata: undefined, filename: name, mediaType: mime };
  return { artifactId: token, name: title ?? name, description: '', parts: [part], ...NO_EXTRAS };
}

/** What the agent asks, as the message of a status that waits for it: each question with its id beside it. */
export function questionMessage(place: Place, questions: readonly TurnQuestion[]): Message {
  const parts = questions.map(({ id, type, reason }) => ({
    ...textPart(reason),
    metadata: { escalationId: id, type },
  }));
  return messageOf(place, Role.ROLE_AGENT, questions[0]!.id, parts);
}

export function failureMessage(place: Place, code: string): Message {
  return messageOf(place, Role.ROLE_AGENT, `${place.taskId}-failed`, [textPart(`the turn failed: ${code}`)]);
}

function statusOf(task: TurnTask, place: Place): TaskStatus {
  const timestamp = task.changed_at;
  if (isAsking(task)) {
    const message = questionMessage(place, task.questions);
    return { state: TaskState.TASK_STATE_INPUT_REQUIRED, message, timestamp };
  }
  const message = task.status === 'failed' ? failureMessage(place, task.error_code ?? 'failed') : undefined;
  return { state: STATES[task.status], message, timestamp };
}

/** Of a turn, the task that it is. `historyLength`: the newest messages, all without it. */
export function taskOf(
  task: TurnTask,
  base: string,
  shown: { readonly historyLength?: number | undefined; readonly withArtifacts?: boolean } = {},
): Task {
  const place = { taskId: task.job_id, contextId: task.session_id };
  const { asked, answer, finish_reason: finishReason, error_code: errorCode } = task;
  const history: Message[] = [];
  if (asked !== null) {
    history.push(messageOf(place, Role.ROLE_USER, asked.given_id ?? asked.id, [textPart(asked.content)]));
  }
  if (answer !== null) history.push(messageOf(place, Role.ROLE_AGENT, answer.id, [textPart(answer.content)]));
  const artifacts = [
    ...(answer === null ? [] : [answerArtifact(answer.content)]),
    ...task.artifacts.map((file) => fileArtifact(file, base)),
  ];
  const facts = {
    ...(finishReason === null ? {} : { finishReason }),
    ...(errorCode === null ? {} : { errorCode }),
  };
  return {
    id: place.taskId,
    contextId: place.contextId,
    status: statusOf(task, place),
    artifacts: shown.withArtifacts === false ? [] : artifacts,
    history: shown.historyLength === 0 ? [] : history.slice(-(shown.historyLength ?? history.length)),
    metadata: Object.keys(facts).length === 0 ? undefined : facts,
  };
}
