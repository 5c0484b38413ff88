import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { crewReferences } from '../../../db/crews/provisioning/list-images.ts';

interface HeldRow {
  readonly host_id: string;
  readonly image_id: string;
  readonly config_hash: string;
}

/**
 * Gives up an image on every host that holds it, or on one: nobody gets it from here on, and its host removes it.
 * Refused with `conflict` while a crew of any workspace has it; `crew_ids` then names those of the caller's. Throws
 * `not_found`. Only for the system login.
 */
export async function removeImage(
  tx: Tx,
  image: { readonly tag: string; readonly hostId?: string | undefined },
  caller: { readonly actor: Actor; readonly workspaceIds: readonly string[] },
): Promise<void> {
  // Whoever is being given the image holds its row, and after this lock nobody is.
  const rows = await tx.any<HeldRow>(sql`
    SELECT host_id, image_id, config_hash FROM cached_images
    WHERE tag = ${image.tag} AND host_id = coalesce(${image.hostId ?? null}, host_id) ORDER BY host_id FOR UPDATE`);
  if (rows.length === 0) throw notFound('image');
  const crews = await tx.any<{ id: string; workspace_id: string }>(sql`
    SELECT DISTINCT c.id, c.workspace_id FROM crews c, ${asRecords(rows)}
    WHERE ${crewReferences(sql.fragment`i.image_id`, sql.fragment`i.host_id`)} ORDER BY c.id`);
  if (crews.length > 0) {
    const own = crews.filter((crew) => caller.workspaceIds.includes(crew.workspace_id)).map(({ id }) => id);
    throw new CrewshipError('conflict', 'crews have this image; rebuild them first', { extensions: { crew_ids: own } });
  }
  for (const row of rows) await giveUpImage(tx, row, { tag: image.tag, actor: caller.actor, reason: 'requested' });
}

function asRecords(rows: readonly HeldRow[]): Fragment {
  return sql.fragment`json_to_recordset(${sql.rows(rows)}) AS i(host_id text, image_id text)`;
}

/**
 * From the images that are given out to those that are removed, with its entry; the host hears of it after the commit.
 */
export async function giveUpImage(
  tx: Tx,
  image: HeldRow,
  why: { readonly tag: string | null; readonly actor: Actor; readonly reason: 'requested' | 'unreferenced' },
): Promise<void> {
  await tx.execute(sql`
    DELETE FROM cached_images WHERE host_id = ${image.host_id} AND image_id = ${image.image_id}`);
  await tx.execute(sql`
    INSERT INTO image_removals (host_id, image_id) VALUES (${image.host_id}, ${image.image_id})
      ON CONFLICT DO NOTHING`);
  tx.journal({
    type: 'provisioning.image_removed',
    severity: 'notice',
    actor: why.actor,
    workspaceId: null,
    targetType: 'image',
    targetId: why.tag ?? image.config_hash,
    summary: `image ${why.tag ?? image.config_hash.slice(0, 12)} is removed from host ${image.host_id}`,
    payload: {
      tag: why.tag,
      config_hash: image.config_hash,
      image_id: image.image_id,
      host_id: image.host_id,
      reason: why.reason,
    },
  });
  tx.enqueue({ kind: 'wake', topic: 'image', workspaceId: 'instance', id: image.host_id });
}
