import { t } from '@/i18n';

/** Where in a document: its page, its heading, or both. */
export function placeOf(passage: { page?: number | null; heading?: string | null }): string {
  const parts: string[] = [];
  if (typeof passage.page === 'number') parts.push(t('place.page', { page: passage.page }));
  if (passage.heading) parts.push(passage.heading);
  return parts.join(' · ');
}
