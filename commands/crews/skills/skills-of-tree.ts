import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  MAX_SKILL_CONTENT_BYTES,
  MAX_SKILL_FILE_BYTES,
  MAX_SKILL_FILES,
  MAX_SKILL_TREE_BYTES,
  type SkillFile,
} from '../../../domain/crews/skills/skill.ts';
import { isSkillPath, isTree } from '../../../domain/crews/skills/skill-tree.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { GitTree } from '../../../platform/git/fetch-git-tree.ts';
import type { GitFile } from '../../../platform/git/files-of-answer.ts';
import { type ReadSkill, readSkill } from './import-skill.ts';

/** Of one import. */
const MAX_IMPORTED = 100;

export interface SkippedSkill {
  /** The folder, '' for that of the repository. */
  readonly path: string;
  readonly slug: string | null;
  readonly reason: string;
}

export interface SkillsOfTree {
  readonly found: number;
  readonly skills: readonly (ReadSkill & { readonly path: string })[];
  readonly skipped: readonly SkippedSkill[];
  readonly truncated: boolean;
}

const DOCUMENT = /(^|\/)SKILL\.md$/;
const LICENSE = /^(LICEN[CS]E|COPYING)(\.(txt|md))?$/i;

/** The skills of a tree, each a folder with a SKILL.md; those that cannot be taken say why. */
export async function skillsOfTree(
  { revision, files }: GitTree,
  wanted: {
    readonly url: string;
    /** Folders that skills are looked for in; none: everywhere. */
    readonly paths: readonly string[];
    readonly vendor: string | null;
    readonly allowUnsafe: boolean;
  },
): Promise<SkillsOfTree> {
  const folders = files.flatMap(({ path }) => (DOCUMENT.test(path) ? [path.replace(/\/?SKILL\.md$/, '')] : []));
  const within = wanted.paths.map((path) => path.replace(/^\/+|\/+$/g, ''));
  const found = folders
    .filter(
      (folder) => within.length === 0 || within.some((path) => path === '' || `${folder}/`.startsWith(`${path}/`)),
    )
    .toSorted();
  const filesOf = filesByFolder(files, new Set(folders));
  const licenses = licensesByFolder(files);
  const skills: (ReadSkill & { path: string })[] = [];
  const skipped: SkippedSkill[] = [];
  const slugs = new Set<string>();
  for (const folder of found.slice(0, MAX_IMPORTED)) {
    // A scan of a skill takes milliseconds, and others wait for this process.
    await nextTurn();
    try {
      const own = filesOf.get(folder)!;
      const document = own.find(({ path }) => path === 'SKILL.md')!;
      const beside = own.filter((file) => file !== document);
      const problem = problemOf(document, beside);
      if (problem !== null) {
        skipped.push({ path: folder, slug: null, reason: problem });
        continue;
      }
      const origin = { source: 'URL' as const, url: placeOf(wanted.url, folder), revision };
      const license = licenseOf(licenses, folder);
      const read = readSkill(document.content.toString('utf8'), { files: beside, license, origin }, wanted.allowUnsafe);
      if (slugs.has(read.slug)) {
        skipped.push({ path: folder, slug: read.slug, reason: 'another skill of the repository has this slug' });
        continue;
      }
      slugs.add(read.slug);
      const fields = wanted.vendor === null ? read.fields : { ...read.fields, vendor: wanted.vendor };
      skills.push({ ...read, fields, path: folder });
    } catch (error) {
      if (!(error instanceof CrewshipError)) throw error;
      skipped.push({ path: folder, slug: null, reason: error.message });
    }
  }
  return { found: found.length, skills, skipped, truncated: found.length > MAX_IMPORTED };
}

/** Where a skill is, so that the next import of it finds the one that is there. */
function placeOf(url: string, folder: string): string {
  return `${url.replace(/\/+$/, '')}#${folder}`.slice(0, 2_048);
}

/** What is above a path, from near to far; last '', the repository's. */
function foldersAbove(path: string): string[] {
  const names = path.split('/');
  return names.map((_name, index) => names.slice(0, names.length - 1 - index).join('/'));
}

/** What stands in each of the folders and in none of them below it, but for names that begin with a dot. */
function filesByFolder(files: readonly GitFile[], folders: ReadonlySet<string>): ReadonlyMap<string, GitFile[]> {
  const found = new Map<string, GitFile[]>([...folders].map((folder) => [folder, []]));
  for (const file of files) {
    const folder = foldersAbove(file.path).find((above) => folders.has(above));
    if (folder === undefined) continue;
    const path = folder === '' ? file.path : file.path.slice(folder.length + 1);
    if (!/(^|\/)\./.test(path)) found.get(folder)!.push({ ...file, path });
  }
  return found;
}

function problemOf(document: GitFile, beside: readonly SkillFile[]): string | null {
  if (document.content.length > MAX_SKILL_CONTENT_BYTES)
    return `SKILL.md has more than ${MAX_SKILL_CONTENT_BYTES} octets`;
  if (beside.length > MAX_SKILL_FILES) return `more than ${MAX_SKILL_FILES} files stand beside SKILL.md`;
  if (!beside.every(({ path }) => isSkillPath(path)) || !isTree(beside.map(({ path }) => path))) {
    return 'the name of a file is not taken';
  }
  if (beside.some(({ content }) => content.length > MAX_SKILL_FILE_BYTES)) {
    return `a file has more than ${MAX_SKILL_FILE_BYTES} octets`;
  }
  const bytes = beside.reduce((sum, { content }) => sum + content.length, 0);
  return bytes > MAX_SKILL_TREE_BYTES ? `the files have more than ${MAX_SKILL_TREE_BYTES} octets together` : null;
}

/** The first license file of each folder that has one. */
function licensesByFolder(files: readonly GitFile[]): ReadonlyMap<string, GitFile> {
  const found = new Map<string, GitFile>();
  for (const file of files) {
    const end = file.path.lastIndexOf('/');
    const folder = file.path.slice(0, Math.max(0, end));
    if (LICENSE.test(file.path.slice(end + 1)) && !found.has(folder)) found.set(folder, file);
  }
  return found;
}

/** What the nearest license file says in its first lines: the name of one that is known. */
function licenseOf(licenses: ReadonlyMap<string, GitFile>, folder: string): string | null {
  const nearest = foldersAbove(`${folder}/`).find((above) => licenses.has(above));
  return nearest === undefined ? null : knownLicense(licenses.get(nearest)!.content.toString('utf8', 0, 500));
}

function knownLicense(text: string): string | null {
  const head = text.replace(/\s+/g, ' ').trim();
  if (/^(the )?mit license/i.test(head)) return 'MIT';
  if (/^apache license,? version 2\.0/i.test(head)) return 'Apache-2.0';
  if (/^isc license/i.test(head)) return 'ISC';
  if (/^bsd 3-clause/i.test(head)) return 'BSD-3-Clause';
  if (/^bsd 2-clause/i.test(head)) return 'BSD-2-Clause';
  if (/^gnu affero general public license/i.test(head)) return 'AGPL-3.0-only';
  if (/^gnu general public license version 3/i.test(head)) return 'GPL-3.0-only';
  if (/^mozilla public license version 2\.0/i.test(head)) return 'MPL-2.0';
  return null;
}
