import { AgentCard, verifyAgentCardSignature } from '@a2a-js/sdk';
import { expect, test } from 'vitest';
import { importSigningKey } from '../../../platform/crypto/signing-keys.ts';
import { addCrew } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

const PUBLIC_URL = 'https://crewship.example.com';
const api = perFile(() => startTestApi({ publicUrl: PUBLIC_URL }));
const crew = perFile(() => addCrew(api));
const read = (url: string, headers: Record<string, string> = {}, token: string | null = null) =>
  api.call(token, { method: 'GET', url, headers });
const PUBLIC = '/.well-known/agent-card.json';
const EXTENDED = '/api/v1/agents/agent-card';

/** The keys that a card's signature names, as who verifies it reads them. */
async function publishedKey(kid: string, jku: string | undefined) {
  expect(jku).toBe(`${PUBLIC_URL}/.well-known/jwks.json`);
  const { keys } = (await read('/.well-known/jwks.json')).json<{ keys: { kid: string }[] }>();
  return importSigningKey(keys.find((one) => one.kid === kid)!);
}

test('the public card says where A2A 1.0 is spoken and nothing of a tenant, and is signed by a published key', async () => {
  const answer = await read(PUBLIC);
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['cache-control']).toBe('public, max-age=300');
  const card = answer.json<AgentCard & { supportedInterfaces: object[] }>();
  expect(card.supportedInterfaces.slice(0, 2)).toEqual([
    { url: `${PUBLIC_URL}/a2a/v1`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
    { url: `${PUBLIC_URL}/a2a/v1`, protocolBinding: 'HTTP+JSON', protocolVersion: '1.0' },
  ]);
  expect(card).toMatchObject({
    capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: true },
    securitySchemes: { apiKey: { apiKeySecurityScheme: { location: 'header', name: 'X-CrewOS-API-Key' } } },
  });
  expect(card.skills.map(({ id }) => id)).toEqual(['conversation']);
  expect(answer.body).not.toContain(crew.lead.slug);
  const verify = verifyAgentCardSignature(publishedKey);
  await verify(AgentCard.fromJSON(card));
  await expect(verify(AgentCard.fromJSON({ ...card, name: 'Somebody else' }))).rejects.toThrow();
});

test('a card that one has is a 304; the extended one names the agents of the caller’s workspace alone', async () => {
  const card = await read(PUBLIC);
  const again = await read(PUBLIC, { 'if-none-match': String(card.headers.etag) });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  expect((await read(PUBLIC)).body).toBe(card.body);

  const other = await addCrew(api);
  expect((await read(EXTENDED)).statusCode).toBe(401);
  const extended = await read(EXTENDED, {}, crew.owner.token);
  const { skills } = extended.json<AgentCard>();
  expect(skills.map(({ id }) => id)).toEqual(['conversation', crew.lead.slug, ...crew.agents.map(({ slug }) => slug)]);
  expect(extended.body).not.toContain(other.lead.slug);
  await verifyAgentCardSignature(publishedKey)(AgentCard.fromJSON(extended.json()));
  const known = { 'if-none-match': String(extended.headers.etag) };
  expect((await read(EXTENDED, known, crew.owner.token)).statusCode).toBe(304);
  await crew.owner.patch(`/agents/${crew.lead.id}`, { description: 'Leads' });
  const changed = await read(EXTENDED, known, crew.owner.token);
  expect(changed.statusCode).toBe(200);
  expect(changed.json<AgentCard>().skills).toContainEqual(
    expect.objectContaining({ id: crew.lead.slug, description: 'Leads' }),
  );
});

test('an instance that does not know its own address signs no card for the one that a request says', async () => {
  const unnamed = await startTestApi({ over: api.testDatabase });
  try {
    const answer = await unnamed.call(null, { method: 'GET', url: PUBLIC, headers: { host: 'evil.example.com' } });
    expect(answer.json()).not.toHaveProperty('signatures');
    expect(answer.json<AgentCard>().supportedInterfaces[0]!.url).toBe('http://evil.example.com/a2a/v1');
  } finally {
    await unnamed.close();
  }
});
