import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronLeft, ExternalLink, Play } from 'lucide-react';
import { useMemo, useState } from 'react';
import { call, client } from '@/api/client';
import type { components } from '@/api/schema';
import { begin, collect, fromFormField, type Typed, type Wrong } from '@/features/forms/fields';
import { Fields } from '@/features/forms/fields-view';
import type { Run } from '@/features/runs/api';
import { StatusBadge } from '@/features/runs/status';
import { FieldsView, ValueView } from '@/features/runs/value-view';
import { Button, buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Page, Section } from '@/ui/page';
import { Notice, ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { type Flow, type FlowDocument, flowQuery } from '../api';
import { ForPeople } from './for-people';
import { KeyForExamples } from './key-for-examples';
import { type Mode, sample, sampleOf, type Tongue, TONGUES } from './samples';
import { ta } from './words';

const NAMES: Record<Tongue, string> = { curl: 'curl', javascript: 'JavaScript', python: 'Python' };

/** How programs call a flow: examples that work as they stand, and a try. */
export function FlowApiPage() {
  const { id } = useParams({ from: '/app/flows/$id/api' });
  const flow = useQuery(flowQuery(id));
  // Programs run what is published, so its inputs count.
  const number = flow.data?.published ?? null;
  const revision = useQuery({
    queryKey: ['flow', id, 'document', String(number)],
    queryFn: async () => (await call(client.GET('/api/v1/flows/{flow}/revisions/{number}', { params: { path: { flow: id, number: number ?? 0 } } }))).document,
    enabled: number !== null,
  });
  const document = number === null ? flow.data?.draft.document : revision.data;
  const error = flow.error ?? revision.error;
  return (
    <Page
      title={ta('api.title', { name: flow.data?.name ?? id })}
      lead={ta('api.lead')}
      above={
        <Link to="/flows/$id" params={{ id }} search={{}} className="-ms-1 mb-1 inline-flex items-center gap-0.5 rounded-sm text-12 text-fg-2 hover:text-fg">
          <ChevronLeft size={14} className="rtl:-scale-x-100" />
          {ta('api.back')}
        </Link>
      }
    >
      {error && <ProblemBox error={error} />}
      {flow.data && document ? <Body key={number} flow={flow.data} document={document} /> : !error && <SkeletonRows />}
    </Page>
  );
}

function Body({ flow, document }: { flow: Flow; document: FlowDocument }) {
  const fields = useMemo(() => (document.inputs ?? []).map((field) => fromFormField({ ...field, type: field.type ?? 'string', options: field.options, label: field.name })), [document]);
  const [typed, setTyped] = useState<Typed>({});
  const [wrong, setWrong] = useState<Record<string, Wrong>>({});
  // It is shown here once, and gone with the page.
  const [key, setKey] = useState<string | null>(null);
  const filled = { ...begin(fields), ...typed };
  const { values } = collect(fields, filled);
  // What nobody typed yet stands in the examples as a value of its type, where it is needed.
  const samples = Object.fromEntries((document.inputs ?? []).filter(({ required, name }) => required && values[name] === undefined).map((field) => [field.name, sampleOf(field)]));
  const attempt = useMutation({
    mutationFn: (input: Record<string, unknown>) => call(client.POST('/api/v1/flows/{flow}/invoke', { params: { path: { flow: flow.slug } }, body: { input } as components['schemas']['Input'] })),
  });
  const run = () => {
    const read = collect(fields, filled);
    setWrong(read.wrong);
    if (Object.keys(read.wrong).length === 0) attempt.mutate(read.values);
  };
  return (
    <>
      {flow.published ? <p className="mb-5 text-fg-2">{ta('api.revision', { number: flow.published })}</p> : <Notice tone="warn" className="mb-5">{ta('api.unpublished')}</Notice>}
      <KeyForExamples flow={flow.name} made={key} onMade={setKey} />
      <Section title={ta('api.inputs')} lead={fields.length > 0 ? ta('api.inputs.text') : ta('api.inputs.none')}>
        <form
          aria-label={ta('api.inputs')}
          className="flex max-w-[560px] flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <Fields fields={fields} typed={filled} wrong={wrong} onChange={setTyped} />
          <p className="flex flex-wrap items-center gap-3">
            <Button type="submit" kind="primary" busy={attempt.isPending} disabled={!flow.published}>
              <Play size={13} />
              {ta('api.try')}
            </Button>
            <span className="text-12 text-fg-2">{ta('api.try.text')}</span>
          </p>
          {attempt.error && <ProblemBox error={attempt.error} />}
        </form>
      </Section>
      {attempt.data && <Result run={attempt.data} />}
      <Examples slug={flow.slug} secret={key} input={{ ...samples, ...values }} />
      <OtherWays slug={flow.slug} />
      <ForPeople slug={flow.slug} />
    </>
  );
}

function Result({ run }: { run: Run }) {
  return (
    <Section
      title={ta('api.result')}
      actions={
        <>
          <StatusBadge status={run.status} />
          <Link to="/runs/$id" params={{ id: run.id }} className={buttonClass('secondary', 'sm')}>
            {ta('api.result.run')}
          </Link>
        </>
      }
    >
      <div className="flex flex-col gap-3" data-testid="api-result">
        {run.error && <Notice tone="bad">{run.error.message}</Notice>}
        {run.reply && <ValueView name={ta('api.reply')} value={run.reply} />}
        {Object.keys(run.outputs).length > 0 && <FieldsView name={ta('api.outputs')} value={run.outputs} />}
      </div>
    </Section>
  );
}

function Examples({ slug, secret, input }: { slug: string; secret: string | null; input: Record<string, unknown> }) {
  const [tongue, setTongue] = useState<Tongue>('curl');
  const [mode, setMode] = useState<Mode>('invoke');
  const text = sample(tongue, { origin: location.origin, slug, input, mode, key: secret ?? undefined });
  return (
    <Section title={ta('api.examples')}>
      <div className="mb-2 flex flex-wrap gap-x-4 gap-y-2">
        <div role="group" aria-label={ta('api.language')} className="flex gap-1">
          {TONGUES.map((one) => (
            <Button key={one} size="sm" kind={one === tongue ? 'secondary' : 'ghost'} aria-pressed={one === tongue} onClick={() => setTongue(one)}>
              {NAMES[one]}
            </Button>
          ))}
        </div>
        <div role="group" aria-label={ta('api.mode')} className="flex gap-1">
          {(['invoke', 'stream'] as const).map((one) => (
            <Button key={one} size="sm" kind={one === mode ? 'secondary' : 'ghost'} aria-pressed={one === mode} onClick={() => setMode(one)}>
              {ta(`api.mode.${one}`)}
            </Button>
          ))}
        </div>
      </div>
      <div className="relative">
        <pre
          // A long line scrolls, also with the keyboard.
          tabIndex={0}
          aria-label={NAMES[tongue]}
          data-testid="api-example"
          dir="ltr"
          className="scroll-thin overflow-x-auto rounded-lg border border-line bg-surface-2 py-3 ps-4 pe-11 font-mono text-12"
        >
          {text}
        </pre>
        <span className="absolute top-1.5 end-1.5">
          <CopyButton text={text} label={ta('api.copy')} />
        </span>
      </div>
    </Section>
  );
}

function OtherWays({ slug }: { slug: string }) {
  const address = (way: string) => `POST ${location.origin}/api/v1/flows/${slug}/${way}`;
  return (
    <Section title={ta('api.other')}>
      <dl className="flex flex-col gap-2">
        {(['runs', 'batch'] as const).map((way) => (
          <div key={way}>
            <dt className="font-mono text-12 break-all">{address(way)}</dt>
            <dd className="text-fg-2">{ta(`api.other.${way}`)}</dd>
          </div>
        ))}
      </dl>
      <a href="/docs" target="_blank" rel="noreferrer" className="mt-3 inline-flex items-center gap-1 rounded-sm text-accent hover:underline">
        {ta('api.reference')}
        <ExternalLink size={12} aria-hidden="true" />
      </a>
    </Section>
  );
}
