import { expect, test } from 'vitest';
import { z } from 'zod';
import { AGENT_TOOLS } from './agent-tools.ts';

test('tools have names of their own that every client takes, and say what they do', () => {
  expect(new Set(AGENT_TOOLS.map(({ declared }) => declared.name)).size).toBe(AGENT_TOOLS.length);
  for (const { name, description, title } of AGENT_TOOLS.map(({ declared }) => declared)) {
    // Clients put `mcp__crewship__` before it, and providers allow 64 characters.
    expect(name).toMatch(/^[a-z][a-z_]{2,40}$/);
    expect(description.length, name).toBeGreaterThan(20);
    expect(title.length, name).toBeGreaterThan(3);
  }
});

test('every text that a tool takes has a bound, and every list', () => {
  for (const { declared, input } of AGENT_TOOLS) {
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { type, ...rest } = schema as { type?: string } & Record<string, unknown>;
      const bounded = 'maxLength' in rest || 'pattern' in rest || 'enum' in rest || 'const' in rest || 'format' in rest;
      // What is under `metadata` is judged by its size as a whole, by the API.
      if (type === 'string' && !path.includes('.metadata')) expect(bounded, path).toBe(true);
      if (type === 'array' && !path.includes('.metadata')) expect(rest, path).toHaveProperty('maxItems');
      for (const [member, value] of Object.entries(rest)) {
        if (Array.isArray(value)) for (const item of value) walk(item, `${path}.${member}`);
        else walk(value, `${path}.${member}`);
      }
    };
    walk(z.toJSONSchema(input, { io: 'input' }), declared.name);
  }
});

test('what is filled in from who calls may be left out, and says so', () => {
  for (const { declared, input } of AGENT_TOOLS) {
    for (const member of Object.keys(declared.defaults ?? {})) {
      const schema = input.shape[member] as z.ZodType;
      expect(schema.safeParse(undefined).success, `${declared.name}.${member}`).toBe(true);
      expect(schema.description, `${declared.name}.${member}`).toMatch(/^[A-Z].*\. Default: .*\.$/);
    }
  }
});

test('a tool that goes on answers what the next one does, and brings its id', () => {
  for (const { output, followUp } of AGENT_TOOLS) {
    if (followUp === undefined) continue;
    expect(followUp.call.declared.path).toContain(':id');
    expect(Object.keys(output!.shape)).toContain(followUp.idFrom);
  }
});
