import { isJsonObject } from './config-problems.ts';
import type { HookProgram } from './lifecycle-command.ts';
import type { ContainerMount } from './mounts.ts';

/** What the features of an image want of the containers that are made from it. */
export interface ImageExtras {
  readonly features: readonly { readonly ref: string; readonly digest: string }[];
  /** Programs that run at each start, before those of the crew's configuration. */
  readonly postStart: readonly HookProgram[];
  /** Named volumes. */
  readonly mounts: readonly ContainerMount[];
  readonly capAdd: readonly string[];
}

const NONE: ImageExtras = { features: [], postStart: [], mounts: [], capAdd: [] };

/** Reads the label `crewship.image`, which only builds of ours write; an image without it wants nothing. */
export function readImageExtras(label: string | undefined): ImageExtras {
  if (label === undefined) return NONE;
  try {
    const value: unknown = JSON.parse(label);
    return isJsonObject(value) ? { ...NONE, ...(value as Partial<ImageExtras>) } : NONE;
  } catch {
    return NONE;
  }
}
