import { renderToStaticMarkup } from 'react-dom/server';
import { QueryClientProvider } from '@tanstack/react-query';
import { describe, expect, it, vi } from 'vitest';
import { queryClient } from '@/api/query-client';
import type { Attachment } from '@/api/types';
import { readFiles, writeFiles } from '../drafts';
import Carried from './carried';

vi.mock('@/api/client', () => ({ API: '/api/v1', sessionHeaders: () => ({}), refused: (error: unknown) => error }));

const file: Attachment = { id: 'att_1', name: '<b>a.pdf</b>', kind: 'document', media_type: 'application/pdf', bytes: 2048 };

describe('files of a draft', () => {
  it('are kept under the draft, and gone when there are none', () => {
    writeFiles('cnv', [file]);
    expect(readFiles('cnv')).toEqual([file]);
    expect(readFiles('other')).toEqual([]);
    writeFiles('cnv', []);
    expect(readFiles('cnv')).toEqual([]);
  });
});

describe('files of a question', () => {
  const shown = (files: Attachment[]) =>
    renderToStaticMarkup(
      <QueryClientProvider client={queryClient}>
        <Carried files={files} />
      </QueryClientProvider>,
    );

  it('are buttons that save them, their names as text', () => {
    const html = shown([file]);
    expect(html).toContain('<button');
    expect(html).toContain('&lt;b&gt;a.pdf');
    expect(html).not.toContain('<b>');
  });

  it('are only named when they were imported without their bytes', () => {
    const { id: _, ...rest } = file;
    expect(shown([rest])).not.toContain('<button');
  });
});
