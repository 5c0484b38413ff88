import type { markCrewRunning } from '../../commands/engine/crews/advance-crew.ts';

/** A container that a crew's row may be told of, where none is. */
export function startedContainer(containerId: string, sidecarExecId: string): Parameters<typeof markCrewRunning>[2] {
  return {
    containerId,
    startedAt: new Date().toISOString(),
    sidecarExecId,
    sidecar: { file: 'sidecar.mjs', tokenFp: 'abcdef012345' },
    imageId: `sha256:${'0'.repeat(64)}`,
    plan: { image: null, memoryMb: 512, cpus: 2, network: 'none', mounts: [], capAdd: [], privileged: false },
  };
}
