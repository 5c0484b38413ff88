/** What the API asks of a Docker host that only its worker can say or do: docs/decisions/0046. */
export interface HostCallKinds {
  /** What runs in the control groups of a run. */
  readonly processes: {
    readonly input: { readonly run_id: string; readonly container_id: string };
    readonly answer: {
      /** False: the container is gone, and all of the run with it. */
      readonly up: boolean;
      readonly processes: readonly RunProcess[];
      readonly truncated: boolean;
    };
  };
  /** What lies in a directory of a crew, or how large a file is. */
  readonly list_files: {
    readonly input: { readonly directory: CrewFilesRoot; readonly path: string };
    readonly answer: {
      readonly is_dir: boolean;
      readonly size: number;
      readonly entries: readonly { readonly name: string; readonly is_dir: boolean; readonly size: number }[];
      readonly truncated: boolean;
    };
  };
  /** Removes a file, or a directory with all below it. */
  readonly delete_file: {
    readonly input: { readonly directory: CrewFilesRoot; readonly path: string };
    readonly answer: Readonly<Record<string, never>>;
  };
}

export type HostCallKind = keyof HostCallKinds;
export type HostCallInput<Kind extends HostCallKind> = HostCallKinds[Kind]['input'];
export type HostCallAnswer<Kind extends HostCallKind> = HostCallKinds[Kind]['answer'];

/** Why a host would not: codes of its file layer, that the crew's directories are none, or that it could not. */
export type HostCallRefusal = 'missing' | 'not_regular' | 'unreadable' | 'no_directory' | 'failed';

export interface RunProcess {
  /** As the container counts. */
  readonly pid: number;
  /** As the process calls itself. */
  readonly name: string;
  readonly memory_bytes: number;
  /** Left behind by the command, and kept as it serves a port that the run opened. */
  readonly kept: boolean;
}

/** What of a crew's directories people may look into. */
export const CREW_FILES_ROOTS = ['workspace', 'output', 'crew'] as const;
export type CrewFilesRoot = (typeof CREW_FILES_ROOTS)[number];

/** How long a host has for a call. Removing much takes time, and goes on when nobody waits for it any more. */
export const HOST_CALL_MS: Readonly<Record<HostCallKind, number>> = {
  processes: 15_000,
  list_files: 15_000,
  delete_file: 600_000,
};

/** Calls of a workspace that may wait for hosts at once. */
export const MAX_OPEN_HOST_CALLS = 16;
