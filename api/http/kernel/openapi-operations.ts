import { type Direction, exampleOf } from './openapi-examples.ts';

interface Media {
  schema?: Parameters<typeof exampleOf>[0];
  example?: unknown;
}

interface Parameter extends Media {
  readonly in: string;
  readonly required?: boolean;
}

interface Operation {
  readonly security?: readonly object[];
  parameters?: object[];
  readonly requestBody?: { required?: boolean; readonly content?: Record<string, Media> };
  readonly responses?: Readonly<Record<string, { readonly content?: Record<string, Media> }>>;
}

/** What is read and completed of an OpenAPI document. */
interface Document {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Parameters<typeof exampleOf>[1] };
}

const IDEMPOTENCY_KEY = {
  in: 'header',
  name: 'Idempotency-Key',
  required: false,
  description: 'the write happens once for this key, however often it is sent; kept for 24 hours',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
};

/**
 * Completes each operation of a document with what its schemas do not say: that a write takes an Idempotency-Key, that
 * a body which may be null may be missing, and an example of each request and answer.
 */
export function completeOperations<Made>(made: Made): Made {
  const document = made as Document;
  for (const methods of Object.values(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(methods)) complete(method, operation, document);
  }
  return made;
}

function complete(method: string, operation: Operation, document: Document): void {
  const { requestBody, responses = {}, security = [] } = operation;
  // Who calls without a credential has no keys.
  if (method !== 'get' && security.length > 0) {
    operation.parameters = [...(operation.parameters ?? []), structuredClone(IDEMPOTENCY_KEY)];
  }
  for (const parameter of (operation.parameters ?? []) as Parameter[]) {
    if (parameter.required === true) addExample(parameter, 'taken', document);
  }
  if (requestBody !== undefined) {
    const media = Object.values(requestBody.content ?? {});
    if (media.some(({ schema }) => mayBeNull(schema))) requestBody.required = false;
    for (const one of media) addExample(one, 'taken', document);
  }
  for (const [status, { content = {} }] of Object.entries(responses)) {
    if (!status.startsWith('2')) continue;
    for (const [type, one] of Object.entries(content))
      if (type === 'application/json') addExample(one, 'given', document);
  }
}

function addExample(media: Media, direction: Direction, document: Document): void {
  if (media.schema === undefined) return;
  const example = exampleOf(media.schema, document.components?.schemas ?? {}, direction);
  if (example !== undefined) media.example = example;
}

function mayBeNull(schema: Media['schema']): boolean {
  if (typeof schema !== 'object') return false;
  return (
    schema.type === 'null' || (Array.isArray(schema.anyOf) && schema.anyOf.some((one: typeof schema) => mayBeNull(one)))
  );
}
