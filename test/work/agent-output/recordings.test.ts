import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentAction, AgentEvent, AgentOutcome } from '../../../domain/work/agent-output/agent-event.ts';
import { createAgentOutputParser } from '../../../domain/work/agent-output/agent-output-parser.ts';
import { ANSWER, CASES, TOOLS, type ToolName } from './agent-cases.ts';

const FOLDER = path.join(import.meta.dirname, 'recordings');
const tools = Object.keys(TOOLS) as ToolName[];

function recording(tool: ToolName, title: string): Buffer {
  return readFileSync(path.join(FOLDER, `${tool}-${title}.jsonl`));
}

function parse(tool: ToolName, chunks: readonly Uint8Array[]): { events: AgentEvent[]; outcome: AgentOutcome } {
  const parser = createAgentOutputParser(TOOLS[tool].adapter.createReader(TOOLS[tool].execution)!);
  const events = chunks.flatMap((chunk) => parser.push(chunk));
  return { events, outcome: parser.outcome() };
}

function ended(tool: ToolName, title: string, exitCode: number) {
  const { outcome } = parse(tool, [recording(tool, title)]);
  const attempt = { crewId: 'crew1', attemptId: 'run1', exitCode, outputTruncated: false, outcome };
  return TOOLS[tool].adapter.report(
    { dirs: { crewsDir: '/x', socketsDir: '/x', runtimeDir: '/x' }, readTail: async () => '' },
    attempt,
  );
}

const kinds = (events: readonly AgentEvent[]): string[] => events.map(({ action }) => action.kind);
const ofKind = <Kind extends AgentAction['kind']>(events: readonly AgentEvent[], kind: Kind) =>
  events
    .map(({ action }) => action)
    .filter((action): action is Extract<AgentAction, { kind: Kind }> => action.kind === kind);

test('there is a recording of every case of every tool, and of nothing else', () => {
  const wanted = tools.flatMap((tool) => Object.keys(CASES).map((title) => `${tool}-${title}.jsonl`));
  expect(readdirSync(FOLDER).sort()).toEqual(wanted.sort());
});

describe.each(tools)('%s', (tool) => {
  const claude = tool.startsWith('claude');

  test('a run with a command, a written file and an answer gives their events, the totals and the result', async () => {
    const { events, outcome } = parse(tool, [recording(tool, 'success')]);
    expect(kinds(events).filter((kind) => kind === 'session')).toHaveLength(1);
    const [command, ...others] = ofKind(events, 'command');
    expect(others).toEqual([]);
    expect(command).toMatchObject({
      tool: claude ? 'Bash' : 'bash',
      command: 'echo hello; ls -a',
      // opencode tells the exit code of every command, Claude Code of those that failed.
      end: claude ? { isError: false, durationMs: 121 } : { exitCode: 0, durationMs: 741 },
    });
    const said = recording(tool, 'success').subarray(command!.calledAt).toString().split('\n', 1)[0];
    expect(JSON.stringify(JSON.parse(said!))).toContain('echo hello; ls -a');
    expect(ofKind(events, 'file_written')).toEqual([
      { kind: 'file_written', tool: claude ? 'Write' : 'write', path: '/workspace/notes.md' },
    ]);
    const calls = ofKind(events, 'llm_call');
    expect(calls.map((call) => call.usage)).toEqual([
      { inputTokens: 1_200, outputTokens: claude ? null : 40, cachedInputTokens: 300, cacheCreationTokens: 70 },
      { inputTokens: 1_300, outputTokens: claude ? null : 60, cachedInputTokens: 0, cacheCreationTokens: 0 },
      { inputTokens: 1_400, outputTokens: claude ? null : 80, cachedInputTokens: 0, cacheCreationTokens: 0 },
    ]);
    expect(outcome).toMatchObject({
      text: ANSWER,
      error: null,
      usage: { inputTokens: 3_900, outputTokens: 180, cachedInputTokens: 300, cacheCreationTokens: 70 },
      costMicros: 14_753,
    });
    expect(await ended(tool, 'success', 0)).toMatchObject({
      outcome: { kind: 'exited', exitCode: 0, result: 'ok' },
      summary: 'I wrote notes.md.',
      confidence: 0.85,
      handoff: { files: ['/workspace/notes.md'] },
      costMicros: 14_753,
      llm: { model: claude ? 'claude-sonnet-4-5' : 'anthropic/claude-sonnet-4-5' },
    });
  });

  test('a command that failed says with what code; a file that could not be written is no written file', async () => {
    const { events } = parse(tool, [recording(tool, 'failed-tools')]);
    expect(ofKind(events, 'command')).toMatchObject([
      { command: 'exit 3', end: { exitCode: 3, durationMs: claude ? 161 : 155 } },
    ]);
    expect(ofKind(events, 'tool_call')).toHaveLength(1);
    expect(ofKind(events, 'file_written')).toEqual([]);
    expect(await ended(tool, 'failed-tools', 0)).toMatchObject({ outcome: { result: 'ok' } });
  });

  test('a long answer becomes a summary of at most 8,000 characters, its block is read all the same', async () => {
    const report = await ended(tool, 'long-text', 0);
    expect(report.summary).toHaveLength(8_000);
    expect(report.confidence).toBe(0.85);
  });

  test('an answer without a block is all summary', async () => {
    const report = await ended(tool, 'cut-answer', 0);
    if (report.summary !== undefined) expect(report).toMatchObject({ confidence: null, handoff: null });
    else expect(report.errorMessage).toBeTruthy();
  });

  test.each(['refused-request', 'invalid-key'])('%s: the run has failed and says why', async (title) => {
    const report = await ended(tool, title, 1);
    expect(report.outcome).toEqual({ kind: 'exited', exitCode: 1, result: 'failed' });
    expect(report.errorMessage).toMatch(title === 'invalid-key' ? /key/i : /\bno\b/);
    expect(report.llm?.usage.outputTokens).toBe(0);
  });

  test('a provider that was busy once is no failure', async () => {
    expect(await ended(tool, 'rate-limited-once', 0)).toMatchObject({
      outcome: { result: 'ok' },
      summary: 'I wrote notes.md.',
    });
  });

  test('however a recording is cut into chunks, its events and its outcome are the same', () => {
    const titles = Object.keys(CASES);
    fc.assert(
      fc.property(fc.constantFrom(...titles), fc.array(fc.nat(), { maxLength: 60 }), (title, cuts) => {
        const bytes = recording(tool, title);
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(parse(tool, chunks)).toEqual(parse(tool, [bytes]));
      }),
    );
  });

  test('lines that are damaged anywhere never throw and cost only themselves', () => {
    const bytes = recording(tool, 'success');
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 40 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, byte] of changes) damaged[at] = byte;
        const whole = parse(tool, [damaged]);
        expect(parse(tool, [damaged.subarray(0, 777), damaged.subarray(777)])).toEqual(whole);
      }),
    );
  });
});
