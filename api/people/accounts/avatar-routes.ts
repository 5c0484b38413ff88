import { z } from 'zod';
import { showAvatar } from '../../../commands/people/accounts/avatar-commands.ts';
import { type BlobDeps, writeBlob } from '../../../commands/kernel/blobs/write-blob.ts';
import { findAvatar } from '../../../db/people/accounts/find-avatar.ts';
import { INSTANCE_BLOBS } from '../../../db/instance/blobs/blobs-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  AVATAR_HEAD_BYTES,
  AVATAR_MAX_BYTES,
  AVATAR_MAX_PIXELS,
  type Picture,
  recognisePicture,
} from '../../../domain/people/accounts/avatar.ts';
import { hasVersion, versionTag } from '../../http/kernel/etag.ts';
import { idField } from '../../http/kernel/fields.ts';
import { readUpload } from '../../http/kernel/read-upload.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { profileAnswer } from './account-schemas.ts';

/** The file, and what a form puts around it. */
const BODY_BYTES = AVATAR_MAX_BYTES + 65_536;

export interface AvatarDeps {
  readonly database: Pick<Database, 'transaction' | 'systemTransaction' | 'reads' | 'systemReads'>;
  readonly blobs: Pick<BlobDeps, 'store' | 'quotaBytes'>;
}

/** Pictures of people: docs/contracts/accounts.md, Pictures. */
export function createAvatarRoutes({ database, blobs }: AvatarDeps): Route[] {
  const tags = ['Accounts'];
  const write = { access: 'user', scope: 'auth:write' } as const;
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/users/me/avatar',
      operationId: 'setOwnAvatar',
      summary: 'Show a picture of oneself',
      description:
        'Multipart with `file`: PNG, JPEG or WebP by its content, whatever its name, up to 2 MiB and 4,096 pixels a ' +
        'side.',
      tags,
      authority: write,
      isUpload: true,
      limits: { bodyBytes: BODY_BYTES },
      responses: { 200: profileAnswer },
      errors: ['storage_full'],
      handler: async (ctx) => {
        let picture: Picture | undefined;
        const { fields, stored } = await readUpload(
          ctx.request,
          AVATAR_MAX_BYTES,
          (content) =>
            writeBlob(
              { db: database, ...blobs },
              {
                workspaceId: INSTANCE_BLOBS,
                source: recognised(content, (found) => void (picture = found)),
                limitBytes: AVATAR_MAX_BYTES,
              },
            ),
          // What nothing keeps is collected.
          async () => {},
        );
        const [extra] = Object.keys(fields);
        if (extra !== undefined) throw invalidField(extra, 'is unknown');
        if (stored === null || picture === undefined) throw invalidField('file', 'is required');
        // What a repeated request is compared by.
        ctx.request.body = { sha256: stored.sha256 };
        const shown = { written: stored, type: picture.type };
        return ctx.write(async (tx) => ok(await showAvatar(tx, ctx.principal.userId!, shown, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/users/me/avatar',
      operationId: 'deleteOwnAvatar',
      summary: 'Show no picture of oneself',
      tags,
      authority: write,
      responses: { 200: profileAnswer },
      handler: (ctx) => ctx.write(async (tx) => ok(await showAvatar(tx, ctx.principal.userId!, null, ctx.actor))),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/users/:userId/avatar',
      operationId: 'getAvatar',
      summary: 'The picture of somebody who shares a workspace with the caller',
      description: '404 also for who shows none.',
      tags,
      authority: { access: 'user', scope: 'auth:read' },
      params: z.object({ userId: idField }),
      query: z.object({ v: z.string().max(64).optional().describe('names the picture in addresses; not looked at') }),
      contentType: 'image/*',
      responses: { 200: z.unknown(), 304: z.null() },
      handler: async (ctx) => {
        const reader = { userId: ctx.principal.userId!, workspaceIds: ctx.memberWorkspaceIds };
        const picture = await findAvatar(database.systemReads, ctx.params.userId, reader);
        if (picture === null) throw notFound('user');
        const etag = versionTag(picture.sha256);
        // Asked about each time, as the reader may be a stranger by then.
        const headers = { etag, 'cache-control': 'private, no-cache' };
        if (hasVersion(ctx.request, etag)) return { status: 304, body: null, headers };
        const bytes = await blobs.store.read({ workspaceId: picture.workspaceId, blobId: picture.id });
        return ok(bytes, {
          ...headers,
          'content-type': picture.type,
          'content-length': String(picture.sizeBytes),
          'content-disposition': 'inline',
        });
      },
    }),
  ];
}

/** A content that passes once its first bytes are those of a picture that may be shown. */
async function* recognised(
  content: AsyncIterable<Buffer>,
  onPicture: (picture: Picture) => void,
): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0);
  let isKnown = false;
  for await (const piece of content) {
    if (isKnown) {
      yield piece;
      continue;
    }
    head = Buffer.concat([head, piece]);
    const found = recognisePicture(head);
    if (found === 'more' && head.length < AVATAR_HEAD_BYTES) continue;
    onPicture(fitting(found));
    isKnown = true;
    yield head;
  }
  if (!isKnown) throw notAPicture();
}

function fitting(found: Picture | 'more' | null): Picture {
  if (found === null || found === 'more') throw notAPicture();
  const longest = Math.max(found.width, found.height);
  if (Math.min(found.width, found.height) > 0 && longest <= AVATAR_MAX_PIXELS) return found;
  throw invalidField('file', `must have 1 to ${AVATAR_MAX_PIXELS} pixels a side`);
}

function notAPicture(): CrewshipError {
  return invalidField('file', 'must be a PNG, JPEG or WebP picture');
}
