import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ScaffoldPlan } from '../../domain/work/projects/scaffold.ts';

/** Templates that come with the product: a file each, in which `description` is for people. */
const DIRECTORY = path.join(import.meta.dirname, 'templates');

const templateSchema = z.strictObject({
  description: z.string().min(1),
  folders: z.array(z.string()),
  documents: z.array(z.strictObject({ folder: z.string(), title: z.string(), content: z.string() })),
  tasks: z.array(z.strictObject({ title: z.string(), description: z.string() })),
});

/** By name. Throws for a file that is none, when this is loaded. */
const templates: ReadonlyMap<string, ScaffoldPlan> = new Map(
  readdirSync(DIRECTORY)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => [
      file.slice(0, -'.json'.length),
      templateSchema.parse(JSON.parse(readFileSync(path.join(DIRECTORY, file), 'utf8'))),
    ]),
);

export const TEMPLATE_NAMES: readonly string[] = [...templates.keys()];

export function findTemplate(name: string): ScaffoldPlan | undefined {
  return templates.get(name);
}
