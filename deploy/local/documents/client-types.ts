import type { OpenApiDocument, Operation, Parameter, Schema } from './open-api-document.ts';

/** A schema by keyword. */
type Keywords = { readonly [keyword: string]: unknown };

const EVENT_STREAM = 'text/event-stream';
const JSON_TYPE = 'application/json';
const KEY_HEADER = 'Idempotency-Key';

/**
 * The TypeScript client's view of a document: a type for each operation, by method and path, and what the client has to
 * know of it at run time. Refusals are not in it: they are all of one shape, and `codes` are what they may say.
 */
export function clientTypes(document: OpenApiDocument, codes: readonly string[]): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ key: `${method.toUpperCase()} ${path}`, operation })),
  );
  const unkeyed = operations.filter(({ key, operation }) => !key.startsWith('GET ') && !takesKey(operation));
  return `/** Written by \`npm run openapi\` from docs/openapi.json, and compared by \`npm run check\`. */

/** What each operation takes and gives, by its method and path. */
export interface Operations {
${operations.map(({ key, operation }) => operationType(key, operation, document)).join('\n')}
}

/** What a refusal may say in \`code\`. */
export type ErrorCode =
${codes
  .toSorted()
  .map((code) => `  | ${quote(code)}`)
  .join('\n')};

/** Writes for which the API keeps no Idempotency-Key: nobody can repeat them safely. */
export const UNKEYED_WRITES: ReadonlySet<string> = new Set([
${unkeyed.map(({ key }) => `  ${quote(key)},\n`).join('')}]);
`;
}

function takesKey({ parameters = [] }: Operation): boolean {
  return parameters.some((parameter) => parameter.in === 'header' && parameter.name === KEY_HEADER);
}

function operationType(key: string, operation: Operation, document: OpenApiDocument): string {
  const members = [
    parametersType('params', inPlace(operation, 'path'), document),
    parametersType('query', inPlace(operation, 'query'), document),
    bodyType(operation, document),
    answerType(operation, document),
  ];
  const text = members.filter((member) => member !== null).map((member) => `    ${member};\n`);
  return `${comment(operation.summary, 1)}  ${quote(key)}: {\n${text.join('')}  };`;
}

function inPlace({ parameters = [] }: Operation, place: string): readonly Parameter[] {
  return parameters.filter((parameter) => parameter.in === place);
}

function parametersType(name: string, parameters: readonly Parameter[], document: OpenApiDocument): string | null {
  if (parameters.length === 0) return null;
  const isOptional = parameters.every(({ required }) => required !== true);
  const members = parameters.map((parameter) =>
    memberType(parameter.name, parameter.schema ?? true, parameter.required === true, {
      document,
      depth: 3,
      description: parameter.description,
    }),
  );
  return `readonly ${name}${isOptional ? '?' : ''}: {\n${members.join('')}    }`;
}

function bodyType({ requestBody }: Operation, document: OpenApiDocument): string | null {
  if (requestBody === undefined) return null;
  const schema = requestBody.content[JSON_TYPE]?.schema;
  const isForm = requestBody.content['multipart/form-data'] !== undefined;
  const type = schema === undefined ? (isForm ? 'FormData' : 'Blob | string') : typeOf(schema, { document, depth: 2 });
  return `readonly body${requestBody.required === true ? '' : '?'}: ${type}`;
}

function answerType({ responses }: Operation, document: OpenApiDocument): string {
  const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const types = answers.map(([, { content }]) => {
    if (content === undefined) return 'undefined';
    const json = content[JSON_TYPE];
    return json === undefined ? 'ReadableStream<Uint8Array>' : typeOf(json.schema ?? true, { document, depth: 2 });
  });
  const isStream = answers.some(([, { content }]) => content?.[EVENT_STREAM] !== undefined);
  const answer = `readonly answer: ${union(types)}`;
  if (!isStream) return answer;
  const isAlsoJson = answers.some(([, { content }]) => content?.[JSON_TYPE] !== undefined);
  return isAlsoJson ? `${answer};\n    readonly events: true` : 'readonly events: true';
}

interface Place {
  readonly document: OpenApiDocument;
  readonly depth: number;
  readonly description?: string | undefined;
}

function memberType(name: string, schema: Schema, isRequired: boolean, place: Place): string {
  const described = place.description ?? (typeof schema === 'object' ? schema.description : undefined);
  const label = /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
  const type = typeOf(schema, place);
  const member = `readonly ${label}${isRequired ? '' : '?'}: ${type};`;
  return `${comment(described, place.depth)}${indent(place.depth)}${member}\n`;
}

function typeOf(schema: Schema, place: Place): string {
  if (schema === true) return 'unknown';
  if (schema === false) return 'never';
  if (typeof schema.$ref === 'string') return typeOf(referredTo(schema.$ref, place.document), place);
  if ('const' in schema) return literal(schema.const);
  if (Array.isArray(schema.enum)) return union(schema.enum.map(literal));
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(alternatives)) return union(alternatives.map((one: Schema) => typeOf(one, place)));
  if (Array.isArray(schema.allOf)) return schema.allOf.map((one: Schema) => `(${typeOf(one, place)})`).join(' & ');
  if (Array.isArray(schema.type)) return union(schema.type.map((type: unknown) => typeOf({ ...schema, type }, place)));
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `readonly ${grouped(typeOf((schema.items ?? true) as Schema, place))}[]`;
    case 'object':
      return objectType(schema, place);
    default:
      return 'unknown';
  }
}

function objectType(schema: Keywords, place: Place): string {
  const members = Object.entries((schema.properties ?? {}) as Readonly<Record<string, Schema>>);
  const required = (schema.required ?? []) as readonly string[];
  const inside = { document: place.document, depth: place.depth + 1 };
  const named = members.map(([name, member]) => memberType(name, member, required.includes(name), inside));
  const others = (schema.additionalProperties ?? false) as Schema;
  const rest = others === false ? null : `{ readonly [name: string]: ${typeOf(others, inside)} }`;
  if (named.length === 0) return rest ?? 'Record<string, never>';
  const object = `{\n${named.join('')}${indent(place.depth)}}`;
  // A named member keeps its own type beside members of other types.
  return rest === null ? object : `${object} & { readonly [name: string]: unknown }`;
}

function referredTo(reference: string, document: OpenApiDocument): Schema {
  const schema = document.components?.schemas?.[reference.replace('#/components/schemas/', '')];
  if (schema === undefined) throw new Error(`the document does not have ${reference}`);
  return schema;
}

function union(types: readonly string[]): string {
  // A text that may be any text says nothing by one that it may be, too.
  const told = types.includes('string') ? types.filter((type) => !type.startsWith("'")) : types;
  return [...new Set(told)].join(' | ') || 'never';
}

function grouped(type: string): string {
  return /^[\w]+$/.test(type) || isOneObject(type) ? type : `(${type})`;
}

/** An object's last line closes it; in a union of objects another one is closed at the same depth before. */
function isOneObject(type: string): boolean {
  const end = /\n( *)\}$/.exec(type)?.[1];
  return type.startsWith('{') && end !== undefined && !type.includes(`\n${end}} |`) && !type.includes(`\n${end}} &`);
}

function literal(value: unknown): string {
  return typeof value === 'string' ? quote(value) : JSON.stringify(value);
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}

function indent(depth: number): string {
  return '  '.repeat(depth);
}

function comment(text: unknown, depth: number): string {
  if (typeof text !== 'string' || text === '') return '';
  return `${indent(depth)}/** ${text.replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ')} */\n`;
}
