import {
  type Content,
  type OpenApiDocument,
  type Operation,
  operationsOf,
  type Parameter,
} from './open-api-document.ts';
import { type Comparison, narrowedSchema } from './narrowed-schema.ts';

/** One way in which an operation takes or gives less than it did. */
export interface Narrowing {
  readonly operationId: string;
  /** Where and what: `body.name: maxLength is 50, was 100`. */
  readonly what: string;
}

/**
 * How `after` breaks callers who know `before`. An operation is its method and path. It narrows when it is gone, when
 * it wants a credential that it did not want, when a parameter, body, media type or success status is gone, when
 * something that could be left out is required, and where {@link narrowedSchema} says so. Refusals (4xx, 5xx) are not
 * compared.
 */
export function findNarrowings(before: OpenApiDocument, after: OpenApiDocument): Narrowing[] {
  const left = operationsOf(after);
  return [...operationsOf(before)].flatMap(([key, was]) => {
    const is = left.get(key);
    const lines = is === undefined ? [`${key} is gone`] : narrowedOperation(was, is, { before, after });
    return lines.map((what) => ({ operationId: was.operationId, what }));
  });
}

function narrowedOperation(was: Operation, is: Operation, documents: Omit<Comparison, 'direction'>): string[] {
  const taken = { ...documents, direction: 'taken' } as const;
  const given = { ...documents, direction: 'given' } as const;
  return [
    ...(was.security?.length === 0 && is.security?.length !== 0 ? ['a credential is required'] : []),
    ...narrowedParameters(was, is, taken),
    ...narrowedBody(was, is, taken),
    ...Object.entries(was.responses)
      .filter(([status]) => status.startsWith('2'))
      .flatMap(([status, answer]) => {
        const kept = is.responses[status];
        if (kept === undefined) return [`${status}: is gone`];
        return narrowedContent(answer.content ?? {}, kept.content ?? {}, status, given);
      }),
  ];
}

function narrowedParameters(was: Operation, is: Operation, comparison: Comparison): string[] {
  const [before, after] = [parametersOf(was), parametersOf(is)];
  const added = [...after].filter(([key, { required }]) => required === true && before.get(key)?.required !== true);
  return [
    ...added.map(([, { name }]) => `parameter ${name}: is required`),
    ...[...before].flatMap(([key, { name, schema }]) => {
      const kept = after.get(key);
      if (kept === undefined) return [`parameter ${name}: is gone`];
      return narrowedSchema(schema, kept.schema, `parameter ${name}`, comparison);
    }),
  ];
}

/** By name, those of the path by place: callers write no names there. */
function parametersOf({ parameters = [] }: Operation): Map<string, Parameter> {
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  return new Map(
    parameters.map((one) => [one.in === 'path' ? `path ${inPath.indexOf(one)}` : `${one.in} ${one.name}`, one]),
  );
}

function narrowedBody(was: Operation, is: Operation, comparison: Comparison): string[] {
  const [before, after] = [was.requestBody, is.requestBody];
  const isRequired = after?.required === true && before?.required !== true;
  return [
    ...(isRequired ? ['body: is required'] : []),
    ...(before === undefined ? [] : narrowedContent(before.content, after?.content ?? {}, 'body', comparison)),
  ];
}

function narrowedContent(was: Content, is: Content, at: string, comparison: Comparison): string[] {
  return Object.entries(was).flatMap(([type, { schema }]) => {
    const kept = is[type];
    return kept === undefined ? [`${at}: ${type} is gone`] : narrowedSchema(schema, kept.schema, at, comparison);
  });
}
