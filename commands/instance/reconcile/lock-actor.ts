import type { ActorKind } from '../../../domain/kernel/outbox/outbox-command.ts';
import { isTerminalRun } from '../../../domain/work/runs/run-status.ts';
import { lockCrew } from '../../engine/crews/crew-actor.ts';
import { lockBuild, readNewestBuild } from '../../../db/crews/provisioning/build-row.ts';
import { lockEscalation } from '../../../db/people/escalations/escalation-row.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';
import { lockRun } from '../../engine/runs/settle-run.ts';

/** An actor's row, locked in the order that every command keeps. */
export interface LockedActor {
  readonly generation: number;
  /** It should have an open workflow of this generation. */
  readonly live: boolean;
  readonly crewId: string | null;
  readonly missionId: string | null;
  readonly taskId: string | null;
  readonly mission?: MissionRow;
  /** Generations up to this one are taken by other rows of the same id. */
  readonly taken?: number;
  /** Raises its generation. Null: it has none. */
  readonly raise: ((generation: number) => Promise<void>) | null;
}

/** Null: there is no such row. `generation` matters to builds only, each of which has a row of its own. */
export async function lockActor(tx: Tx, kind: ActorKind, id: string, generation: number): Promise<LockedActor | null> {
  return locks[kind](tx, id, generation);
}

const locks: Readonly<Record<ActorKind, (tx: Tx, id: string, generation: number) => Promise<LockedActor | null>>> = {
  async mission(tx, id) {
    const mission = await lockMission(tx, id);
    if (mission === null) return null;
    return {
      generation: mission.generation,
      live: mission.status === 'IN_PROGRESS',
      crewId: mission.crew_id,
      missionId: mission.id,
      taskId: null,
      mission,
      raise: (generation) => raiseMission(tx, mission, generation),
    };
  },
  async run(tx, id) {
    const locked = await lockRun(tx, id);
    if (locked === null) return null;
    const { run } = locked;
    return {
      generation: 0,
      live: !isTerminalRun(run.status) && run.status !== 'QUEUED',
      crewId: run.crew_id,
      missionId: run.mission_id,
      taskId: run.task_id,
      raise: null,
    };
  },
  async crew(tx, id) {
    const crew = await lockCrew(tx, id);
    if (crew === null) return null;
    return {
      generation: crew.generation,
      live: crew.container_status === 'starting' || crew.container_status === 'running',
      crewId: crew.id,
      missionId: null,
      taskId: null,
      async raise(generation) {
        await tx.execute(sql`
          UPDATE crews SET generation = ${generation} WHERE id = ${crew.id} AND generation = ${crew.generation}`);
      },
    };
  },
  async escalation(tx, id) {
    const locked = await lockEscalation(tx, id);
    if (locked === null) return null;
    const { escalation } = locked;
    return {
      generation: escalation.generation,
      live: escalation.status === 'PENDING',
      crewId: escalation.crew_id,
      missionId: escalation.mission_id,
      taskId: escalation.task_id,
      async raise(generation) {
        await tx.execute(sql`
          UPDATE escalations SET generation = ${generation}, updated_at = now()
          WHERE id = ${escalation.id} AND generation = ${escalation.generation}`);
      },
    };
  },
  async build(tx, id, generation) {
    const newest = await readNewestBuild(tx, id);
    if (newest === null) return null;
    const build = (await lockBuild(tx, { id, generation })) ?? (await lockBuild(tx, { id, generation: newest }));
    if (build === null) return null;
    return {
      generation: build.n,
      live: build.closed_at === null,
      taken: newest,
      crewId: null,
      missionId: null,
      taskId: null,
      // The build is the same: what it has done, and its name in Docker, stay.
      async raise(to) {
        await tx.execute(sql`UPDATE image_builds SET n = ${to}, updated_at = now() WHERE id = ${build.id}`);
      },
    };
  },
};

/**
 * A repaired mission is the same mission: its deadline stays, and the attempts of its open tasks come along, so that those
 * that run still speak for their tasks and the next one of a task names the last.
 */
async function raiseMission(tx: Tx, mission: MissionRow, generation: number): Promise<void> {
  await tx.execute(sql`
    UPDATE missions SET generation = ${generation}, updated_at = now()
    WHERE id = ${mission.id} AND generation = ${mission.generation}`);
  await tx.execute(sql`
    UPDATE runs r SET generation = ${generation} FROM tasks t
    WHERE r.mission_id = ${mission.id} AND r.generation = ${mission.generation} AND t.id = r.task_id
      AND t.status NOT IN ('COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')`);
  if (mission.planning_iteration !== null) {
    await tx.execute(sql`
      UPDATE runs SET generation = ${generation}
      WHERE mission_id = ${mission.id} AND generation = ${mission.generation} AND purpose = 'planning'`);
  }
  await tx.execute(sql`
    UPDATE tasks SET generation = ${generation} WHERE mission_id = ${mission.id}
      AND status NOT IN ('COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')`);
}
