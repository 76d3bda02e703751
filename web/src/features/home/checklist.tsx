import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { Circle, CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { readStored, writeStored } from '@/api/stored';
import type { Conversation } from '@/api/types';
import { knowledgeBasesQuery } from '@/features/knowledge/api';
import { usePermission } from '@/features/session/api';
import { BUILT_IN, modelsQuery } from '@/features/settings/models-api';
import { keysQuery, membersQuery } from '@/features/settings/people-api';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Card, Section } from '@/ui/page';
import { t } from './words';

const HIDDEN = 'headwater.checklist';
/** The knowledge base that every workspace begins with. */
const DEMO = 'handbook';

export interface Step {
  name: 'model' | 'question' | 'documents' | 'member' | 'key';
  to: LinkProps['to'];
  /** Null until it is known. */
  done: boolean | null;
}

/** What there is to do for somebody with these rights; null until the server said what is done. */
export function useSteps(conversations: Conversation[] | undefined): Step[] | null {
  const mayModels = usePermission('providers.write');
  const mayDocuments = usePermission('knowledge.write');
  const mayMembers = usePermission('members.write');
  const mayKeys = usePermission('keys.write');
  const models = useQuery(modelsQuery);
  const bases = useQuery(knowledgeBasesQuery);
  const members = useQuery({ ...membersQuery, enabled: mayMembers });
  const keys = useQuery({ ...keysQuery, enabled: mayKeys });
  const own = bases.data?.some(({ slug, documents }) => slug !== DEMO && documents > 0) ?? null;
  const steps: (Step & { may: boolean })[] = [
    { name: 'question', to: '/chat', may: true, done: conversations ? conversations.length > 0 : null },
    { name: 'model', to: '/settings/models', may: mayModels, done: models.data ? models.data.default !== BUILT_IN : null },
    { name: 'documents', to: '/knowledge', may: mayDocuments, done: own },
    { name: 'member', to: '/settings/members', may: mayMembers, done: members.data ? members.data.length > 1 : null },
    { name: 'key', to: '/settings/keys', may: mayKeys, done: keys.data ? keys.data.length > 0 : null },
  ];
  const waiting = models.isPending || bases.isPending || (mayMembers && members.isPending) || (mayKeys && keys.isPending);
  return waiting ? null : steps.filter(({ may }) => may);
}

/** What a new workspace still lacks; gone when nothing does, or when it was hidden in this browser. */
export function Checklist({ steps }: { steps: Step[] }) {
  const [hidden, setHidden] = useState(() => readStored(HIDDEN) === 'hidden');
  const done = steps.filter((step) => step.done).length;
  // What could not be found out is not asked for.
  if (hidden || steps.some((step) => step.done === null) || done === steps.length) return null;
  const hide = () => {
    writeStored(HIDDEN, 'hidden');
    setHidden(true);
  };
  return (
    <Section
      title={t('steps.title')}
      lead={<span className="num">{t('steps.done', { done, all: steps.length })}</span>}
      actions={
        <Button kind="ghost" size="sm" onClick={hide}>
          {t('steps.hide')}
        </Button>
      }
    >
      <Card>
        <ul className="divide-y divide-line" data-testid="checklist">
          {steps.map((step) => (
            <li key={step.name}>
              <Link to={step.to} className="flex items-start gap-3 px-4 py-2.5 transition-colors hover:bg-surface-2 focus-visible:-outline-offset-2">
                {step.done ? (
                  <CircleCheck size={16} className="mt-0.5 shrink-0 text-ok" role="img" aria-label={t('steps.item.done')} />
                ) : (
                  <Circle size={16} className="mt-0.5 shrink-0 text-fg-3" aria-hidden="true" />
                )}
                <span className="min-w-0">
                  <span className={cx('block font-medium', step.done && 'text-fg-3 line-through')}>{t(`steps.${step.name}`)}</span>
                  {!step.done && <span className="block text-fg-2">{t(`steps.${step.name}.text`)}</span>}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      </Card>
    </Section>
  );
}
