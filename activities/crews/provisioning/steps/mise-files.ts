import { miseFile } from '../../../../domain/crews/provisioning/mise-file.ts';
import type { ArchiveEntry } from '../../../../platform/oci/tar-archive.ts';
import { AGENT_UID } from '../../containers/crew-host-paths.ts';
import { BUILD_PATHS } from './build-container.ts';
import type { BuildTarget } from './build-types.ts';

/** Where tools are installed: part of the image, and shadowed by no volume of a crew. */
export const MISE_TOOLS_DIR = '/opt/crewship-mise';

/** What mise needs of a container before it runs; nothing where no tools are pinned. Paths begin at the root. */
export function miseFiles({ spec: { mise } }: BuildTarget): ArchiveEntry[] {
  if (Object.keys(mise.tools).length === 0) return [];
  const content = Buffer.from(miseFile(mise), 'utf8');
  return [
    { kind: 'file', path: BUILD_PATHS.miseFile.slice(1), mode: 0o644, content },
    { kind: 'directory', path: 'opt', mode: 0o755 },
    { kind: 'directory', path: MISE_TOOLS_DIR.slice(1), mode: 0o755, uid: AGENT_UID },
  ];
}
