import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JobEffect } from '../../../db/kernel/transaction-effects.ts';
import { tellParent } from '../jobs/child-jobs.ts';
import { beginTurnOf } from './begin-turn.ts';
import { cancelTurn } from './cancel-turn.ts';

/** A turn that is asked for, or cancelled, as a job is one as any other. */
export const chatTurnJobEffect: JobEffect = {
  async requested(tx, job, input, actor) {
    if (actor.type !== 'user' || actor.id === null) throw new CrewshipError('forbidden', 'a turn is somebody’s');
    const { session_id: chatId, message, agent } = input as { session_id: string; message: string; agent?: string };
    const turn = {
      workspaceId: job.workspace_id,
      chatId,
      userId: actor.id,
      message,
      agent: agent ?? null,
      metadata: {},
    };
    await beginTurnOf(tx, job.id, turn, actor);
  },
  cancel: (tx, job, actor) => cancelTurn(tx, job, actor),
  ended: tellParent,
};
