import { expect, test } from 'vitest';
import { z } from 'zod';
import { AGENT_CALLS } from '../calls/agent-calls.ts';
import { AGENT_TOOLS } from './agent-tools.ts';

test('every call of agents is a tool, and every tool is a call', () => {
  const used = AGENT_TOOLS.flatMap((tool) => [tool.call, ...(tool.followUp === undefined ? [] : [tool.followUp.call])]);
  expect(new Set(used)).toEqual(new Set(AGENT_CALLS.map(({ name }) => name)));
});

test('tools have names of their own that every client takes, and say what they do', () => {
  expect(new Set(AGENT_TOOLS.map(({ name }) => name)).size).toBe(AGENT_TOOLS.length);
  for (const { name, description, title } of AGENT_TOOLS) {
    // Clients put `mcp__crewship__` before it, and providers allow 64 characters.
    expect(name).toMatch(/^[a-z][a-z_]{2,40}$/);
    expect(description.length, name).toBeGreaterThan(20);
    expect(title.length, name).toBeGreaterThan(3);
  }
});

test('every text that a tool takes has a bound, and every list', () => {
  for (const { name, input } of AGENT_TOOLS) {
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
    walk(z.toJSONSchema(input, { io: 'input' }), name);
  }
});

test('what stands for an id in a path is a member of the tool, and the only one in a path', () => {
  for (const { name, call, input, defaults } of AGENT_TOOLS) {
    expect('id' in input.shape, name).toBe(call.includes(':id'));
    for (const member of Object.keys(defaults ?? {})) {
      expect((input.shape[member] as z.ZodType | undefined)?.safeParse(undefined).success, `${name}.${member}`).toBe(
        true,
      );
    }
  }
});
