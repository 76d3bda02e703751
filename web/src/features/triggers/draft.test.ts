import { describe, expect, it } from 'vitest';
import { draftOf, emptyDraft, inputOf, inputTexts, schemaOf, settingsOf } from './draft';
import type { TriggerSettings } from './api';

describe('the settings of a trigger', () => {
  it('come back as they were, whatever the kind', () => {
    const all = [
      { kind: 'webhook', verify: 'github', answer: 'wait', wait: '20s', schema: { type: 'object' }, max_bytes: 2048 },
      { kind: 'webhook', verify: 'hmac', answer: 'async' },
      { kind: 'schedule', cron: '0 7 * * 1-5', time_zone: 'Europe/London', missed: 'once', overlap: 'skip' },
      {
        kind: 'form',
        title: 'Read',
        show: 'result',
        access: 'members',
        fields: [{ name: 'letter', label: 'The letter', multiline: true }, { name: 'who' }],
      },
    ] as unknown as TriggerSettings[];
    for (const settings of all) expect(JSON.parse(JSON.stringify(settingsOf(draftOf(settings))))).toEqual(settings);
  });

  it('leave out what was left empty, and keep what is known of fields that stay', () => {
    const form = { ...emptyDraft('form', 'UTC'), fields: 'b\n\n a ', known: [{ name: 'a', label: 'A!' }] };
    expect(JSON.parse(JSON.stringify(settingsOf(form)))).toEqual({
      kind: 'form',
      show: 'thanks',
      access: 'public',
      fields: [{ name: 'b' }, { name: 'a', label: 'A!' }],
    });
    const hook = settingsOf({ ...emptyDraft('webhook', 'UTC'), wait: '20s' });
    expect(hook).toEqual({ kind: 'webhook', verify: 'hmac', answer: 'async' });
  });

  it('know a schema from other JSON', () => {
    expect([schemaOf(' '), schemaOf('{"type":"object"}'), schemaOf('[1]'), schemaOf('{')]).toEqual([
      undefined,
      { type: 'object' },
      null,
      null,
    ]);
  });
});

describe('what a trigger gives its flow', () => {
  it('keeps the types of values nobody touched', () => {
    const before = { limit: 5, subject: '{{ body.title }}', tags: ['a'] };
    expect(inputTexts(before)).toEqual({ limit: '5', subject: '{{ body.title }}', tags: '["a"]' });
    expect(inputOf({ limit: '5', subject: '{{ body.name }}', tags: '', more: 'x' }, before)).toEqual({
      limit: 5,
      subject: '{{ body.name }}',
      more: 'x',
    });
  });
});
