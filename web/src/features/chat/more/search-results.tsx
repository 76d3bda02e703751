import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { formatAgo } from '@/i18n/format';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { Marked } from './marked';
import { searchQuery } from './search';
import { useSettled } from './use-settled';
import { t, tn } from './words';

/** Where in my conversations the words are, each with a way to the message. */
export default function SearchResults({ words }: { words: string }) {
  const { data, error, isPending } = useQuery(searchQuery(useSettled(words)));
  if (error) return <ProblemBox error={error} />;
  if (isPending) return <SkeletonRows rows={4} />;
  return (
    <section aria-label={t('search.results')}>
      <p role="status" className="px-2 pb-1 text-12 text-fg-3">
        {data.length === 0 ? t('search.none') : tn('search.found', data.length)}
      </p>
      <ul data-rows>
        {data.map(({ conversation, message, text, marks }) => (
          <li key={message?.id ?? conversation.id}>
            <Link
              to="/chat/$id"
              params={{ id: conversation.id }}
              search={{ m: message?.id }}
              data-testid="found"
              className="block rounded-md px-2 py-1.5 hover:bg-surface-3"
            >
              {message && (
                <span className="flex items-baseline gap-2 text-12 text-fg-3">
                  <span className="min-w-0 flex-1 truncate">{conversation.title || t('chat.untitled')}</span>
                  <span className="shrink-0">{formatAgo(message.created_at)}</span>
                </span>
              )}
              <span dir="auto" className="line-clamp-3 break-words text-fg-2">
                <Marked text={text} marks={marks} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
