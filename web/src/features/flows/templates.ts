import type { FlowDoc } from '@/features/editor/model';

/** Flows to begin with. They need no vendor: the built-in model is enough. */
export type TemplateName = 'documents' | 'route' | 'list' | 'approve';
type Body = Pick<FlowDoc, 'kind' | 'inputs' | 'nodes' | 'edges'>;

const question = { name: 'question', type: 'string', required: true };

/** Answers from the passages of a knowledge base, and cites them. */
const documents = (base: string): Body => ({
  kind: 'chat',
  inputs: [question],
  nodes: [
    { id: 'search', kind: 'retrieve', settings: { knowledge_bases: [base], query: '{{ start.question }}', rewrite: 'history', limit: 6 } },
    {
      id: 'write',
      kind: 'chat',
      settings: {
        model: 'default',
        messages: [
          { role: 'system', content: 'Answer the question from the numbered passages only. Cite the passage behind every statement as [n]. If they do not answer it, say so.' },
          { role: 'user', content: '{{ search.context }}\n\n{{ start.question }}' },
        ],
      },
    },
    { id: 'reply', kind: 'answer', settings: { text: '{{ write.text }}' } },
  ],
  edges: [
    { from: 'start', to: 'search' },
    { from: 'search', to: 'write' },
    { from: 'write', to: 'reply' },
  ],
});

/** Looks at what came in, and takes one of two ways. */
const route: Body = {
  kind: 'task',
  inputs: [
    { name: 'subject', type: 'string', required: true },
    { name: 'priority', type: 'number', required: true, default: 1 },
  ],
  nodes: [
    { id: 'urgent', kind: 'branch', settings: { cases: [{ handle: 'yes', all: [{ value: '{{ start.priority }}', op: 'greater', to: 3 }] }] } },
    { id: 'now', kind: 'template', settings: { text: 'Call the person on duty: {{ start.subject | upper }}' } },
    { id: 'later', kind: 'template', settings: { text: 'Put on the list for tomorrow: {{ start.subject }}' } },
    { id: 'chosen', kind: 'merge', settings: { values: ['{{ now.text }}', '{{ later.text }}'] } },
    { id: 'result', kind: 'output', settings: { values: { action: '{{ chosen.value }}' } } },
  ],
  edges: [
    { from: 'start', to: 'urgent' },
    { from: 'urgent', handle: 'yes', to: 'now' },
    { from: 'urgent', handle: 'else', to: 'later' },
    { from: 'now', to: 'chosen' },
    { from: 'later', to: 'chosen' },
    { from: 'chosen', to: 'result' },
  ],
};

/** Does the same with every item of a list. */
const list: Body = {
  kind: 'task',
  inputs: [{ name: 'items', type: 'list', required: true }],
  nodes: [
    {
      id: 'every',
      kind: 'each',
      settings: { items: '{{ start.items }}', concurrency: 4, output: '{{ line.text }}' },
      body: { nodes: [{ id: 'line', kind: 'template', settings: { text: '{{ index + 1 }}. {{ item }}' } }], edges: [] },
    },
    { id: 'result', kind: 'output', settings: { values: { lines: '{{ every.items }}' } } },
  ],
  edges: [
    { from: 'start', to: 'every' },
    { from: 'every', to: 'result' },
  ],
};

/** Waits for a person before anything goes out. */
const approve: Body = {
  kind: 'task',
  inputs: [{ name: 'text', type: 'string', required: true }],
  nodes: [
    { id: 'ask', kind: 'human', settings: { title: 'May this go out?', message: '{{ start.text }}', buttons: ['approve', 'reject'] } },
    { id: 'sent', kind: 'output', settings: { values: { text: '{{ start.text }}', approved: true } } },
    { id: 'kept', kind: 'output', settings: { values: { text: '', approved: false } } },
  ],
  edges: [
    { from: 'start', to: 'ask' },
    { from: 'ask', handle: 'approve', to: 'sent' },
    { from: 'ask', handle: 'reject', to: 'kept' },
  ],
};

/** The flows that can be begun with here; one needs a knowledge base. */
export function templatesFor(base: string | null): [TemplateName, Body][] {
  const all: [TemplateName, Body][] = [
    ['route', route],
    ['list', list],
    ['approve', approve],
  ];
  return base === null ? all : [['documents', documents(base)], ...all];
}
