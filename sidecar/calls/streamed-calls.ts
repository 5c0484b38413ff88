import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowedQuery } from '../http/allowed-query.ts';
import type { Streaming } from '../api/streaming.ts';

export interface StreamedCall {
  readonly method: string;
  readonly path: RegExp;
  readonly carry: (
    streaming: Streaming,
    request: IncomingMessage,
    response: ServerResponse,
    target: { readonly path: string; readonly query: string },
    gone: AbortSignal,
  ) => Promise<void>;
}

/** As the API's: a file of 10 MB with the parts around it. */
const UPLOAD_LIMIT_BYTES = 10 * 1_048_576 + 65_536;
const CREW_FILES = /^\/crew-files\/[A-Za-z0-9_-]{2,64}$/;
const FILE_PATH = /^[^\0]{0,1024}$/su;

/** What is carried to the API's internal routes of the same names without being held: files. */
export const STREAMED_CALLS: readonly StreamedCall[] = [
  {
    method: 'GET',
    path: CREW_FILES,
    carry: (streaming, request, response, { path, query }, gone) => {
      const target = { path: `${path}${allowedQuery(query, { path: FILE_PATH })}`, limitBytes: 0 };
      return streaming(request, response, target, gone);
    },
  },
  {
    method: 'POST',
    path: CREW_FILES,
    carry: (streaming, request, response, { path }, gone) =>
      streaming(request, response, { path, limitBytes: UPLOAD_LIMIT_BYTES }, gone),
  },
];
