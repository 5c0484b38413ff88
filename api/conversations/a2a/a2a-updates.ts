import { type StreamResponse, TaskState, type TaskStatusUpdateEvent } from '@a2a-js/sdk';
import type { TurnQuestion } from '../../../db/conversations/chats/read-turn-tasks.ts';
import type { TurnEvent } from '../../../domain/conversations/chats/turn-event.ts';
import type { ArtifactRef } from '../../../domain/work/artifacts/artifact.ts';
import { answerArtifact, failureMessage, fileArtifact, questionMessage } from './a2a-task.ts';

/** What the events of a turn tell who follows it as a task. */
export interface TaskUpdates {
  /** Updates that an event is; none where it tells nothing that a task has. */
  of(event: TurnEvent): readonly StreamResponse[];
}

/**
 * Each stream has its own, as an update depends on those before it: the first words of an answer begin its artifact
 * anew, also where they are a second attempt's. `open`: what is asked by events that the stream does not tell.
 */
export function taskUpdates(
  place: { readonly taskId: string; readonly contextId: string },
  base: string,
  open: readonly TurnQuestion[] = [],
): TaskUpdates {
  let state = TaskState.TASK_STATE_SUBMITTED;
  let hasWords = false;
  const questions = new Map(open.map((question) => [question.id, question]));

  function status(event: TurnEvent, to: TaskState, more: Partial<TaskStatusUpdateEvent> = {}): StreamResponse {
    state = to;
    const message = more.status?.message;
    const { created_at: timestamp } = event;
    const value = { ...place, metadata: undefined, ...more, status: { state: to, message, timestamp } };
    return { payload: { $case: 'statusUpdate', value } };
  }

  function words(text: string, { append, isLast }: { append: boolean; isLast: boolean }): StreamResponse {
    const value = { ...place, artifact: answerArtifact(text), append, lastChunk: isLast, metadata: undefined };
    return { payload: { $case: 'artifactUpdate', value } };
  }

  function asks(event: TurnEvent): StreamResponse {
    const message = questionMessage(place, [...questions.values()]);
    const to = TaskState.TASK_STATE_INPUT_REQUIRED;
    return status(event, to, { status: { state: to, message, timestamp: undefined } });
  }

  /** It is at work: said once, before what it does. */
  function works(event: TurnEvent): readonly StreamResponse[] {
    return state === TaskState.TASK_STATE_WORKING || questions.size > 0
      ? []
      : [status(event, TaskState.TASK_STATE_WORKING)];
  }

  return {
    of(event) {
      const { type, data } = event;
      switch (type) {
        case 'message.delta': {
          const append = hasWords;
          hasWords = true;
          return [...works(event), words(data.text as string, { append, isLast: false })];
        }
        case 'message.completed':
          return [...works(event), words(data.content as string, { append: false, isLast: true })];
        case 'artifact.created': {
          const artifact = fileArtifact(data as unknown as ArtifactRef, base);
          const value = { ...place, artifact, append: false, lastChunk: true, metadata: undefined };
          return [...works(event), { payload: { $case: 'artifactUpdate', value } }];
        }
        case 'tool.started':
        case 'tool.finished':
          return questions.size > 0
            ? []
            : [status(event, TaskState.TASK_STATE_WORKING, { metadata: { event: type, ...inCamelCase(data) } })];
        case 'approval.required': {
          const { escalation_id: id, question_type: kind, reason } = data as Record<string, string>;
          questions.set(id!, { id: id!, type: kind as TurnQuestion['type'], reason: reason! });
          return [asks(event)];
        }
        case 'progress': {
          if (typeof data.escalation_id === 'string') {
            questions.delete(data.escalation_id);
            return [questions.size > 0 ? asks(event) : status(event, TaskState.TASK_STATE_WORKING)];
          }
          // Another attempt begins, and says all of it again.
          hasWords = false;
          return [status(event, TaskState.TASK_STATE_WORKING, { metadata: { event: type, ...inCamelCase(data) } })];
        }
        case 'turn.completed':
          return [status(event, TaskState.TASK_STATE_COMPLETED, { metadata: inCamelCase(data, ['finish_reason']) })];
        case 'turn.failed': {
          const { code } = data.error as { code: string };
          const message = failureMessage(place, code);
          const to = TaskState.TASK_STATE_FAILED;
          return [
            status(event, to, {
              status: { state: to, message, timestamp: undefined },
              metadata: { ...inCamelCase(data, ['finish_reason']), errorCode: code },
            }),
          ];
        }
        case 'turn.cancelled':
          return [status(event, TaskState.TASK_STATE_CANCELED)];
        case 'turn.started':
        case 'usage':
        case 'message.posted':
          return [];
      }
    },
  };
}

/** Members as the protocol names them. */
function inCamelCase(data: TurnEvent['data'], names = Object.keys(data)): Record<string, unknown> {
  const named = names.map((name) => [
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    data[name],
  ]);
  return Object.fromEntries(named) as Record<string, unknown>;
}
