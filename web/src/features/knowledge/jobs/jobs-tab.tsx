import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import type { Document } from '@/api/types';
import { usePermission } from '@/features/session/api';
import { formatNumber } from '@/i18n/format';
import { Button, buttonClass } from '@/ui/button';
import { Card, Empty, Section } from '@/ui/page';
import { Notice, ProblemBox } from '@/ui/problem';
import { Progress } from '@/ui/progress';
import { SkeletonRows } from '@/ui/skeleton';
import { changeKnowledgeBase, type KnowledgeBase, knowledgeBaseQuery, useDocuments } from '../api';
import { hasFailed, isUnfinished } from '../documents/document-list';
import { DocumentState, paceText } from '../documents/document-state';
import type { Pace } from '../documents/pace';
import { useDeeds } from '../documents/use-deeds';
import { t, tn } from '../words';
import { type Alike, together } from './alike';
import { IndexCopy } from './index-copy';

/** So many of a list say what it is. */
const SHOWN = 20;

/** What is done in the background for a knowledge base. */
export function JobsTab() {
  const { id } = useParams({ from: '/app/knowledge/$id' });
  const { data: base } = useQuery(knowledgeBaseQuery(id));
  const { documents, complete, error, list } = useDocuments(id);
  const mayWrite = usePermission('knowledge.write');
  const maySee = usePermission('system.read');
  const deeds = useDeeds(id);
  const unfinished = documents.filter(isUnfinished);
  const atWork = unfinished.filter(({ status }) => status !== 'queued');
  const failed = documents.filter(hasFailed);
  const cancelled = documents.filter(({ status }) => status === 'cancelled');
  const embedding = base !== undefined && (base.chunks_to_embed > 0 || typeof base.embedding_error === 'string');
  const quiet = complete && !embedding && unfinished.length + failed.length + cancelled.length === 0;
  return (
    <>
      <p className="mb-5 text-fg-2">{deeds.text ?? t('jobs.lead')}</p>
      {error && <ProblemBox error={error} onRetry={() => void list?.load()} />}
      {!complete && documents.length === 0 && !error && <SkeletonRows />}
      {maySee && <IndexCopy />}
      {embedding && <Embedding base={base} mayWrite={mayWrite} />}
      {unfinished.length > 0 && (
        <Section
          title={t('jobs.working')}
          lead={tn('jobs.working.lead', unfinished.length)}
          actions={
            mayWrite && (
              <Button size="sm" disabled={deeds.isPending} onClick={() => void deeds.cancel(unfinished)}>
                {t('jobs.stopAll')}
              </Button>
            )
          }
        >
          {atWork.length > 0 && (
            <Card>
              <ul data-rows className="divide-y divide-line" aria-label={t('jobs.working')}>
                {atWork.slice(0, SHOWN).map((document) => (
                  <Working key={document.id} document={document} pace={list?.paceOf(document) ?? null} />
                ))}
              </ul>
            </Card>
          )}
          {unfinished.length > Math.min(atWork.length, SHOWN) && (
            <p className="num mt-2 text-fg-2">{tn('jobs.waiting', unfinished.length - Math.min(atWork.length, SHOWN))}</p>
          )}
        </Section>
      )}
      {failed.length > 0 && (
        <Section title={t('jobs.failed')} lead={t('jobs.failed.lead')}>
          <Card>
            <ul className="divide-y divide-line" aria-label={t('jobs.failed')}>
              {together(failed).map((alike) => (
                <Reason key={alike.message} alike={alike} mayWrite={mayWrite} busy={deeds.isPending} onRetry={() => void deeds.retry(alike.documents)} />
              ))}
            </ul>
          </Card>
        </Section>
      )}
      {cancelled.length > 0 && (
        <Section
          title={t('jobs.cancelled')}
          lead={tn('jobs.working.lead', cancelled.length)}
          actions={
            <>
              <Link to="/knowledge/$id/documents" params={{ id }} search={{ state: 'cancelled' }} className={buttonClass('secondary', 'sm')}>
                {t('jobs.show')}
              </Link>
              {mayWrite && (
                <Button size="sm" disabled={deeds.isPending} onClick={() => void deeds.retry(cancelled)}>
                  {t('action.retry')}
                </Button>
              )}
            </>
          }
        >
          {null}
        </Section>
      )}
      {quiet && <Empty icon={<CircleCheck size={28} />} title={t('jobs.quiet')} text={t('jobs.quiet.text')} />}
    </>
  );
}

function DocumentLink({ document }: { document: Document }) {
  return (
    <Link
      to="/knowledge/$id/documents/$doc"
      params={{ id: document.knowledge_base_id, doc: document.id }}
      className="block truncate rounded-sm font-medium hover:text-accent"
    >
      {document.name}
    </Link>
  );
}

function Working({ document, pace }: { document: Document; pace: Pace | null }) {
  return (
    <li className="flex items-center gap-3 px-4 py-2" data-testid="working">
      <div className="min-w-0 flex-1">
        <DocumentLink document={document} />
        <p className="num truncate text-12 text-fg-3">{paceText(pace)}</p>
      </div>
      <DocumentState document={document} />
    </li>
  );
}

interface ReasonProps {
  alike: Alike;
  mayWrite: boolean;
  busy: boolean;
  onRetry: () => void;
}

function Reason({ alike: { message, documents }, mayWrite, busy, onRetry }: ReasonProps) {
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 px-4 py-3" data-testid="reason">
      <div className="min-w-0 flex-1 basis-60">
        <p className="text-bad">{message || t('document.failed')}</p>
        <ul className="mt-1">
          {documents.slice(0, 5).map((document) => (
            <li key={document.id}>
              <DocumentLink document={document} />
            </li>
          ))}
        </ul>
        {documents.length > 5 && <p className="num text-12 text-fg-3">{tn('jobs.more', documents.length - 5)}</p>}
      </div>
      {mayWrite && (
        <Button size="sm" disabled={busy} onClick={onRetry}>
          {tn('documents.retryFailed', documents.length)}
        </Button>
      )}
    </li>
  );
}

/** How far chunks are on their way to another embedding model. */
function Embedding({ base, mayWrite }: { base: KnowledgeBase; mayWrite: boolean }) {
  // Naming the model once more is how it is told to go on.
  const again = useMutation({ mutationFn: () => changeKnowledgeBase(base.id, { embedding_model: base.embedding_model ?? null }) });
  const done = Math.max(0, base.chunks - base.chunks_to_embed);
  const left = t('jobs.embedding.left', { done: formatNumber(done), all: formatNumber(base.chunks) });
  return (
    <Section
      title={t('jobs.embedding')}
      lead={t('jobs.embedding.lead', { to: base.embedding_model ?? '', from: base.searched_model ?? t('jobs.embedding.words') })}
    >
      <div className="flex max-w-[480px] items-center gap-3">
        <Progress value={base.chunks > 0 ? done / base.chunks : 0} label={left} />
        <span className="num shrink-0 text-12 text-fg-2">{left}</span>
      </div>
      {base.embedding_error && (
        <Notice tone="bad" className="mt-3">
          <p className="text-fg">{base.embedding_error}</p>
          {mayWrite && (
            <Button size="sm" className="mt-2" busy={again.isPending} onClick={() => again.mutate()}>
              {t('jobs.embedding.again')}
            </Button>
          )}
        </Notice>
      )}
      {again.error && <ProblemBox error={again.error} className="mt-3" />}
    </Section>
  );
}
