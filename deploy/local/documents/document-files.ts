import path from 'node:path';

/** The checkout. */
export const ROOT = path.resolve(import.meta.dirname, '../../..');

export const PUBLIC_DOCUMENT = 'docs/openapi.json';
/** Of the routes that no listener documents. */
export const INTERNAL_DOCUMENT = 'docs/openapi.internal.json';
export const ROUTE_INDEX = 'docs/routes.md';
/** Types of the TypeScript client. */
export const CLIENT_TYPES = 'clients/typescript/src/generated/operations.ts';
