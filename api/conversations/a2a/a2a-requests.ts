import {
  type AgentCard,
  type ListTasksRequest,
  type ListTasksResponse,
  type SendMessageRequest,
  type StreamResponse,
  type Task,
  TaskState,
} from '@a2a-js/sdk';
import {
  PushNotificationNotSupportedError,
  TaskNotCancelableError,
  TaskNotFoundError,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import type { A2ARequestHandler } from '@a2a-js/sdk/server';
import {
  listTurnTasks,
  readTurnTask,
  type TurnTask,
  type TurnTaskFilter,
} from '../../../db/conversations/chats/read-turn-tasks.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import type { ChatViewer } from '../../../db/conversations/chats/sessions-store.ts';
import type { PageRequest } from '../../../db/kernel/page.ts';
import { endsTurn } from '../../../domain/conversations/chats/turn-event.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { idField } from '../../http/kernel/fields.ts';
import type { TurnDeps, WrittenMessage } from '../chats/turn-calls.ts';
import { turnEvents } from '../chats/turn-events.ts';
import { missingInMessage, missingTask, protocolError } from './a2a-errors.ts';
import { saidIn, writtenBy } from './a2a-message.ts';
import { isAsking, isOver, statusesIn, taskOf } from './a2a-task.ts';
import { taskUpdates } from './a2a-updates.ts';

/** How long a message that is to be waited for is waited for; then its task is told as it is. */
const WAIT_MS = 300_000;
/** How long who cancels waits for the agent to have stopped. */
const CANCEL_WAIT_MS = 10_000;
const PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 100;

/** One request of somebody, by what it may do. */
export interface A2ACall {
  readonly viewer: ChatViewer;
  /** The instance's address. */
  readonly base: string;
  /** Aborted when the client goes. */
  readonly signal: AbortSignal;
  /** The event that a client comes back after; null: it comes for the first time. */
  readonly after: number | null;
  publicCard(): AgentCard;
  extendedCard(): Promise<AgentCard>;
  /** Begins a turn, once for an Idempotency-Key. */
  begin(written: WrittenMessage): Promise<Turn>;
  /** Asks a turn to end. Throws `not_found`, `forbidden`; false: it was over. */
  cancel(jobId: string): Promise<boolean>;
  /** Answers what the agent of a turn asks. Throws `forbidden`, `wrong_state`. */
  answer(escalationId: string, text: string): Promise<void>;
  /** The event that is told in full by the update which is handed out next; null: none is yet. */
  tells(eventId: number | null): void;
  /** What the protocol has no words for. */
  refused(error: unknown): void;
}

/** The protocol's operations over turns: a task is a turn's job, a context its session. */
export function a2aRequests(deps: TurnDeps, call: A2ACall): A2ARequestHandler {
  const { viewer, base } = call;
  const { reads } = deps.database;

  async function find(id: string): Promise<TurnTask> {
    if (id.trim() === '') throw invalidField('id', 'is required');
    const task = idField.safeParse(id).success ? await readTurnTask(reads, viewer, id) : null;
    if (task === null) throw new TaskNotFoundError();
    return task;
  }

  function follow(task: Pick<TurnTask, 'job_id' | 'session_id'>, after: number, signal: AbortSignal) {
    const followed = { viewer, chatId: task.session_id, jobId: task.job_id, after, signal };
    return turnEvents({ reads, chatWaiters: deps.chatWaiters }, followed);
  }

  /** Until the turn is over, its agent asks, or the time is up. */
  async function settled(task: TurnTask, ms: number): Promise<void> {
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(ms)]);
    for await (const { type } of follow(task, task.before_seq, signal)) {
      if (endsTurn(type)) return;
      // What was answered since is no reason to come back.
      if (type === 'approval.required' && (await find(task.job_id)).questions.length > 0) return;
    }
  }

  /** The task with what its turn tells, from an event on. */
  async function* told(task: TurnTask, after: number): AsyncGenerator<StreamResponse, void, undefined> {
    yield { payload: { $case: 'task', value: taskOf(task, base) } };
    const place = { taskId: task.job_id, contextId: task.session_id };
    const updates = taskUpdates(place, base, after > task.before_seq ? task.questions : []);
    try {
      for await (const event of follow(task, after, call.signal)) {
        const news = updates.of(event);
        for (const [index, update] of news.entries()) {
          // Who comes back after an event has all of what it told.
          call.tells(index === news.length - 1 ? event.seq : null);
          yield update;
        }
      }
    } catch (error) {
      throw missingTask(error);
    }
  }

  /** A message about a task that goes on: the answer to what its agent asks. */
  async function answerIn(request: SendMessageRequest): Promise<TurnTask> {
    const { message, text } = saidIn(request.message);
    const task = await find(message.taskId);
    if (message.contextId !== '' && message.contextId !== task.session_id) {
      throw invalidField('message.contextId', 'is not the context of this task');
    }
    if (isOver(task)) throw new UnsupportedOperationError('the task is over: send a message with its contextId alone');
    if (!isAsking(task)) throw new UnsupportedOperationError('the task is under way and asks for nothing');
    const wanted: unknown = message.metadata?.escalationId ?? task.questions[0]!.id;
    const question = task.questions.find(({ id }) => id === wanted);
    if (question === undefined) throw invalidField('message.metadata.escalationId', 'is no open question of this task');
    if (question.type === 'CREDENTIAL') {
      throw new UnsupportedOperationError('a credential is given where questions are answered, not in a message');
    }
    await call.answer(question.id, text);
    return task;
  }

  /** The task that a message begins, or goes on with. */
  async function take(request: SendMessageRequest): Promise<TurnTask> {
    refuseTenant(request.tenant);
    if (request.configuration?.taskPushNotificationConfig !== undefined) throw new PushNotificationNotSupportedError();
    refuseHistoryLength(request.configuration?.historyLength);
    if (request.message !== undefined && request.message.taskId !== '') {
      const { job_id: id } = await answerIn(request);
      return find(id);
    }
    const written = writtenBy(request);
    const { job_id: id } = await call.begin(written).catch((error: unknown) => {
      throw missingInMessage(error);
    });
    return find(id);
  }

  const requests: A2ARequestHandler = {
    getAgentCard: async () => call.publicCard(),
    getAuthenticatedExtendedAgentCard: ({ tenant }) => {
      refuseTenant(tenant);
      return call.extendedCard();
    },
    async sendMessage(request) {
      const task = await take(request);
      const { returnImmediately = false, historyLength } = request.configuration ?? {};
      if (returnImmediately) return taskOf(task, base, { historyLength });
      await settled(task, WAIT_MS);
      return taskOf(await find(task.job_id), base, { historyLength });
    },
    async *sendMessageStream(request) {
      const task = await take(request);
      yield* told(task, task.before_seq);
    },
    async getTask({ id, tenant, historyLength }) {
      refuseTenant(tenant);
      refuseHistoryLength(historyLength);
      return taskOf(await find(id), base, { historyLength });
    },
    listTasks: (request) => list(request),
    async cancelTask({ id, tenant }): Promise<Task> {
      refuseTenant(tenant);
      const task = await find(id);
      if (isOver(task)) throw new TaskNotCancelableError();
      if (!(await call.cancel(task.job_id))) throw new TaskNotCancelableError();
      await settled(task, CANCEL_WAIT_MS);
      return taskOf(await find(id), base);
    },
    async *resubscribe({ id, tenant }) {
      refuseTenant(tenant);
      const task = await find(id);
      // Who comes back is told the rest, also when that is the end.
      if (isOver(task) && call.after === null) {
        throw new UnsupportedOperationError('the task is over: there is nothing to follow');
      }
      yield* told(task, call.after ?? task.before_seq);
    },
    createTaskPushNotificationConfig: noPush,
    getTaskPushNotificationConfig: noPush,
    listTaskPushNotificationConfigs: noPush,
    deleteTaskPushNotificationConfig: noPush,
  };

  async function list(request: ListTasksRequest): Promise<ListTasksResponse> {
    refuseTenant(request.tenant);
    refuseHistoryLength(request.historyLength);
    const { pageSize = PAGE_SIZE, status, contextId, statusTimestampAfter: changedAfter } = request;
    if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_PAGE_SIZE) {
      throw invalidField('pageSize', `must be from 1 to ${MAX_PAGE_SIZE}`);
    }
    if (status === TaskState.UNRECOGNIZED) throw invalidField('status', 'is no state of a task');
    if (changedAfter !== undefined && !isTimestamp(changedAfter)) {
      throw invalidField('statusTimestampAfter', 'must be an RFC 3339 time');
    }
    const empty = { tasks: [], nextPageToken: '', pageSize, totalSize: 0 };
    const wanted = status === TaskState.TASK_STATE_UNSPECIFIED ? { statuses: [] } : statusesIn(status);
    if (wanted === null || (contextId !== '' && !idField.safeParse(contextId).success)) return empty;
    const filter = { ...wanted, sessionId: contextId === '' ? undefined : contextId, changedAfter };
    const cursor = request.pageToken === '' ? undefined : request.pageToken;
    const page = await readTasks(filter, { limit: pageSize, offset: 0, cursor });
    const shown = { historyLength: request.historyLength, withArtifacts: request.includeArtifacts === true };
    const tasks = page.rows.map((task) => taskOf(task, base, shown));
    return { tasks, nextPageToken: page.next ?? '', pageSize, totalSize: page.total };
  }

  async function readTasks(filter: TurnTaskFilter, page: PageRequest) {
    try {
      return await listTurnTasks(reads, viewer, filter, page);
    } catch (error) {
      // What was given of it is called otherwise here.
      if (protocolError(error) === null) throw error;
      throw invalidField('pageToken', 'is no token of this list');
    }
  }

  return inProtocolWords(requests, call);
}

/** The cards say that nobody is called back. */
async function noPush(): Promise<never> {
  throw new PushNotificationNotSupportedError();
}

function refuseHistoryLength(length: number | undefined): void {
  if (length === undefined || (Number.isInteger(length) && length >= 0)) return;
  throw invalidField('historyLength', 'must be a whole number from 0');
}

/** The cards name none: a workspace is the credential's, or the one that `X-Workspace-ID` says. */
function refuseTenant(tenant: string): void {
  if (tenant !== '') throw invalidField('tenant', 'must be empty: no card of this instance names one');
}

function isTimestamp(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** What an operation throws, as the protocol's transports know it; the rest goes to `refused`. */
function inProtocolWords(requests: A2ARequestHandler, call: Pick<A2ACall, 'refused'>): A2ARequestHandler {
  function translated(error: unknown): unknown {
    const known = protocolError(error);
    if (known === null) call.refused(error);
    return known ?? error;
  }
  const wrapped = Object.entries(requests).map(([name, operation]) => {
    const run = operation as (...parameters: unknown[]) => Promise<unknown> | AsyncGenerator<unknown>;
    if (name === 'sendMessageStream' || name === 'resubscribe') {
      async function* stream(...parameters: unknown[]) {
        try {
          yield* run(...parameters) as AsyncGenerator<unknown>;
        } catch (error) {
          throw translated(error);
        }
      }
      return [name, stream];
    }
    const answer = async (...parameters: unknown[]) => {
      try {
        return await run(...parameters);
      } catch (error) {
        throw translated(error);
      }
    };
    return [name, answer];
  });
  return Object.fromEntries(wrapped) as A2ARequestHandler;
}
