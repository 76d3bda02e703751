import { describe, expect, it } from 'vitest';
import type { ToolKind } from './api';
import { draftOf, isWrong, parsedObject, settingsOf } from './draft';

const SETTINGS: [ToolKind, Record<string, unknown>][] = [
  [
    'http',
    {
      method: 'POST',
      url: 'https://api.example.com/orders/{id}',
      arguments: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
      query: { lang: 'en' },
      headers: { 'X-Team': 'blue', Authorization: { secret: 'API_KEY', prefix: 'Bearer ' }, 'X-Other': { secret: 'OTHER' } },
      body: { note: '{note}' },
      body_as: 'form',
      timeout_seconds: 12,
    },
  ],
  ['openapi', { url: 'https://example.com/openapi.json', server: 'https://eu.example.com', only: ['getPet', 'GET /pets'] }],
  ['openapi', { document: 'openapi: 3.1.0\n', headers: { 'X-A': 'b' } }],
  ['mcp', { url: 'https://mcp.example.com/mcp', timeout_seconds: 60 }],
  ['mcp_stdio', { server: 'files' }],
  ['knowledge', { knowledge_bases: ['handbook'], limit: 7 }],
  ['flow', { flow: 'triage', timeout_seconds: 30 }],
];

describe('the settings of a tool', () => {
  it('come back as they were, whatever the kind', () => {
    for (const [kind, settings] of SETTINGS) expect(settingsOf(kind, draftOf(settings))).toEqual(settings);
  });

  it('leave out what is empty, and headers without a name', () => {
    const draft = { ...draftOf({}), url: ' https://example.com ', headers: [{ name: ' ', secret: false, text: 'x', prefix: '' }] };
    expect(settingsOf('mcp', draft)).toEqual({ url: 'https://example.com', headers: {} });
    expect(settingsOf('http', draftOf({})).arguments).toEqual({ type: 'object', properties: {} });
  });

  it('tell JSON that cannot be read', () => {
    expect([parsedObject(''), parsedObject('[]'), parsedObject('{')]).toEqual([undefined, 'wrong', 'wrong']);
    expect(isWrong('http', { ...draftOf({}), body: 'not JSON' })).toBe(true);
    expect(isWrong('flow', { ...draftOf({}), body: 'not JSON' })).toBe(false);
  });
});
