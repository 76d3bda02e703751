import { expect, it } from 'vitest';
import { draftOf, emptyDraft, isReady, ofKind, placeOf, requestOf } from './draft';
import type { Source, SourceRequest } from './sources-api';

const kept = ({ settings, schedule }: SourceRequest) => ({ name: 'Handbook', settings, schedule }) as Source;

it('a source of each kind is the same after it was edited without a change', () => {
  const requests: SourceRequest[] = [
    {
      settings: { kind: 'website', start: ['https://a.org/', 'https://b.org/'], sitemap: 'https://a.org/map.xml', prefix: 'https://a.org/', depth: 0, pages: 20, include: ['/docs/*'], exclude: ['/old/*'] },
      schedule: { cron: '0 7 * * 1-5', time_zone: 'Europe/London' },
    },
    { settings: { kind: 'feed', url: 'https://a.org/feed.xml', take: 'entry', entries: 5, forget: true }, schedule: { every: '7d' } },
    { settings: { kind: 'folder', path: '/srv/docs', include: [], exclude: ['drafts/*'] }, schedule: null },
    {
      settings: { kind: 'bucket', url: 's3://docs/guides/', endpoint: 'https://s3.a.org', region: 'eu-central-1', access_key_id: 'S3_ID', secret_access_key: 'S3_KEY', include: [], exclude: [] },
      schedule: { every: '1h' },
    },
  ];
  for (const request of requests) expect(requestOf(draftOf(kept(request), 'UTC'))).toEqual({ name: 'Handbook', ...request });
});

it('what is left empty is not sent', () => {
  const draft = { ...emptyDraft('website', 'UTC'), start: ' https://a.org/ \n\n' };
  expect(requestOf(draft)).toEqual({ settings: { kind: 'website', start: ['https://a.org/'], include: [], exclude: [] }, schedule: { every: '6h' } });
});

it('another kind brings its own rhythm, unless one was typed', () => {
  const draft = emptyDraft('website', 'UTC');
  expect(ofKind(draft, 'feed').every).toBe('30m');
  expect(ofKind({ ...draft, every: '2h' }, 'feed').every).toBe('2h');
});

it('a website needs a page or a sitemap, and a schedule its time', () => {
  const draft = emptyDraft('website', 'UTC');
  expect(isReady(draft)).toBe(false);
  expect(isReady({ ...draft, sitemap: 'https://a.org/map.xml' })).toBe(true);
  expect(isReady({ ...draft, start: 'https://a.org/', when: 'cron' })).toBe(false);
  expect(placeOf({ kind: 'website', sitemap: 'https://a.org/map.xml' })).toBe('https://a.org/map.xml');
});
