import type { Document } from '@/api/types';

/** Documents that failed for the same reason. */
export interface Alike {
  message: string;
  documents: Document[];
}

/** What differs between two sentences that say the same: names in quotes and numbers. */
const withoutDetails = (message: string) => message.replace(/“[^”]*”|"[^"]*"|\d+/g, '…');

/** Puts documents with the same reason together, those with most of them first. */
export function together(failed: readonly Document[]): Alike[] {
  const reasons = new Map<string, Alike>();
  for (const document of failed) {
    const message = document.error?.message ?? '';
    const key = withoutDetails(message);
    const alike = reasons.get(key);
    if (alike) alike.documents.push(document);
    else reasons.set(key, { message, documents: [document] });
  }
  return [...reasons.values()].toSorted((one, other) => other.documents.length - one.documents.length);
}
