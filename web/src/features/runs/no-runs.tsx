import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import { sample, sampleOf } from '@/features/flows/api-page/samples';
import { flowInputsQuery } from '@/features/triggers/api';
import { buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Empty } from '@/ui/page';
import { allFlowsQuery } from './api';
import { tr } from './words';

/** A workspace in which nothing ran yet: how to change that, here and from a program. */
export function NoRuns() {
  const flow = useQuery(allFlowsQuery).data?.find(({ published }) => published);
  const inputs = useQuery(flowInputsQuery(flow?.slug ?? ''));
  const input = Object.fromEntries((inputs.data ?? []).filter(({ required }) => required).map((field) => [field.name, sampleOf(field)]));
  const text = flow && inputs.data ? sample('curl', { origin: location.origin, slug: flow.slug, input, mode: 'invoke' }) : '';
  return (
    <>
      <Empty icon={<Activity size={28} />} title={tr('runs.none')} text={tr('runs.none.text')}>
        <Link to="/chat" className={buttonClass('primary')}>
          {tr('runs.none.chat')}
        </Link>
        <Link to="/flows" className={buttonClass()}>
          {tr('runs.none.flows')}
        </Link>
      </Empty>
      {text && flow && (
        <section className="mt-4">
          <h2 className="mb-1.5 font-medium">{tr('runs.none.program', { flow: flow.name })}</h2>
          <div className="relative">
            {/* A long line scrolls, also with the keyboard. */}
            {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
            <pre tabIndex={0} role="region" aria-label={tr('runs.none.program', { flow: flow.name })} className="scroll-thin overflow-x-auto rounded-md border border-line bg-surface-2 py-2 pe-9 ps-2.5 font-mono text-12">
              {text}
            </pre>
            <span className="absolute top-1 end-1">
              <CopyButton text={text} label={tr('value.copy', { name: 'curl' })} />
            </span>
          </div>
          <p className="mt-1.5 text-12 text-fg-2">
            <Link to="/settings/keys" className="rounded-sm text-accent hover:underline">
              {tr('runs.none.key')}
            </Link>
          </p>
        </section>
      )}
    </>
  );
}
