import { withWords } from '@/i18n';

/** What messages and the composer have now and then; fetched together when the first of it is needed. */
export const messageParts = withWords(() => import('./more/message-parts'));
