import { ERROR_STATUS } from '../../../api/http/errors/error-status.ts';
import { clientTypes } from './client-types.ts';
import { declaredRoutes } from './declared-routes.ts';
import { CLIENT_TYPES, INTERNAL_DOCUMENT, PUBLIC_DOCUMENT, ROOT, ROUTE_INDEX } from './document-files.ts';
import { generateOpenApi } from './generate-open-api.ts';
import type { OpenApiDocument } from './open-api-document.ts';
import { operationFiles } from './operation-files.ts';
import { routeIndex } from './route-index.ts';
import { stableJson } from './stable-json.ts';

export interface ApiDocuments {
  /** OpenAPI documents by the file that holds each. */
  readonly documents: ReadonlyMap<string, OpenApiDocument>;
  /** The text of every file; the index of routes and the client's types among them. */
  readonly texts: ReadonlyMap<string, string>;
}

/** What is committed of the declared routes: made from the sources alone, without any service. */
export async function makeApiDocuments(): Promise<ApiDocuments> {
  const routes = declaredRoutes();
  const ids = [...routes.public, ...routes.internal].map(({ operationId }) => operationId);
  const documents = new Map([
    [PUBLIC_DOCUMENT, await generateOpenApi(routes.public, 'public')],
    [INTERNAL_DOCUMENT, await generateOpenApi(routes.internal, 'internal')],
  ]);
  const texts = new Map([...documents].map(([file, document]) => [file, stableJson(document)]));
  texts.set(ROUTE_INDEX, routeIndex(routes, operationFiles(ROOT, 'api', ids)));
  texts.set(CLIENT_TYPES, clientTypes(documents.get(PUBLIC_DOCUMENT)!, Object.keys(ERROR_STATUS)));
  return { documents, texts };
}
