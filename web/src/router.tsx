import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  type RouteComponent,
} from '@tanstack/react-router';
import { Suspense } from 'react';
import type { RunFilter } from '@/features/runs/api';
import type { SetupStep } from '@/features/setup/setup-page';
import { withWords } from '@/i18n';
import { ProblemBox } from '@/ui/problem';

const optional = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
/** Reads texts of an address; what is empty or no text is absent. */
const texts =
  <K extends string>(...names: K[]) =>
  (search: Record<string, unknown>) =>
    Object.fromEntries(names.map((name) => [name, optional(search[name])])) as { [N in K]?: string | undefined };
const STATUSES = new Set(['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled']);
const runStatus = (value: unknown) => (STATUSES.has(value as string) ? (value as RunFilter['status']) : undefined);
const setupStep = (value: unknown): SetupStep | undefined =>
  value === 'owner' || value === 'model' || value === 'question' ? value : undefined;

/** A page is fetched when it is first needed, with its words. */
function page<T extends Record<string, unknown>, K extends keyof T & string>(load: () => Promise<T>, name: K) {
  return lazyRouteComponent<T, K>(withWords(load), name);
}

const OneRun = page(() => import('@/features/runs/run-page'), 'RunPage');
const TwoRuns = page(() => import('@/features/runs/diff/run-diff-page'), 'RunDiffPage');
/** `/runs/first..second` compares two. */
function RunOrTwo() {
  const { id } = run.useParams();
  return <Suspense>{id.includes('..') ? <TwoRuns /> : <OneRun />}</Suspense>;
}

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: page(() => import('@/features/workspace/lost-page'), 'LostPage'),
  errorComponent: ({ error, reset }) => (
    <div className="mx-auto max-w-[520px] p-6">
      <ProblemBox error={error} onRetry={reset} />
    </div>
  ),
});

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: texts('next'),
  component: page(() => import('@/features/session/login-page'), 'LoginPage'),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (search: Record<string, unknown>): { step?: SetupStep | undefined } => ({
    step: setupStep(search.step),
  }),
  component: page(() => import('@/features/setup/setup-page'), 'SetupPage'),
});

const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  component: page(() => import('@/features/workspace/shell'), 'Shell'),
});
/** A page that keeps nothing in its address besides its path. */
const bare = <const P extends string>(path: P, component: RouteComponent) =>
  createRoute({ getParentRoute: () => app, path, component });
const home = createRoute({
  getParentRoute: () => app,
  path: '/',
  component: page(() => import('@/features/home/home-page'), 'HomePage'),
});
const chat = createRoute({
  getParentRoute: () => app,
  path: '/chat',
  validateSearch: texts('flow'),
  component: page(() => import('@/features/chat/chat-start-page'), 'ChatStartPage'),
});
const prompts = createRoute({
  getParentRoute: () => app, path: '/chat/prompts',
  validateSearch: texts('q', 'prompt'),
  component: page(() => import('@/features/prompts/prompts-page'), 'PromptsPage'),
});
const conversation = createRoute({
  getParentRoute: () => app,
  path: '/chat/$id',
  validateSearch: texts('m'),
  component: page(() => import('@/features/chat/conversation-page'), 'ConversationPage'),
});

const knowledge = createRoute({
  getParentRoute: () => app,
  path: '/knowledge',
  component: page(() => import('@/features/knowledge/knowledge-page'), 'KnowledgePage'),
});
const knowledgeBase = createRoute({
  getParentRoute: () => app,
  path: '/knowledge/$id',
  component: page(() => import('@/features/knowledge/knowledge-base-layout'), 'KnowledgeBaseLayout'),
});
const knowledgeIndex = createRoute({
  getParentRoute: () => knowledgeBase,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/knowledge/$id/documents', params, replace: true });
  },
});
const documents = createRoute({
  getParentRoute: () => knowledgeBase,
  path: '/documents',
  validateSearch: texts('q', 'state', 'sort'),
  component: page(() => import('@/features/knowledge/documents/documents-tab'), 'DocumentsTab'),
});
const sources = createRoute({
  getParentRoute: () => knowledgeBase,
  path: '/sources',
  validateSearch: texts('source'),
  component: page(() => import('@/features/knowledge/sources/sources-tab'), 'SourcesTab'),
});
const searchPassages = createRoute({
  getParentRoute: () => knowledgeBase,
  path: '/search',
  // A question, and what is wanted otherwise for it, once or twice.
  validateSearch: (search: Record<string, unknown>): { q?: string | undefined; a?: unknown; b?: unknown } => ({ q: optional(search.q), a: search.a, b: search.b }),
  component: page(() => import('@/features/knowledge/search/search-tab'), 'SearchTab'),
});
const knowledgeSettings = createRoute({
  getParentRoute: () => knowledgeBase,
  path: '/settings',
  component: page(() => import('@/features/knowledge/tuning/settings-tab'), 'SettingsTab'),
});
const evaluate = createRoute({
  getParentRoute: () => knowledgeBase,
  path: '/evaluate',
  validateSearch: texts('run', 'with'),
  component: page(() => import('@/features/knowledge/evaluate/evaluate-tab'), 'EvaluateTab'),
});
const jobs = createRoute({
  getParentRoute: () => knowledgeBase,
  path: '/jobs',
  component: page(() => import('@/features/knowledge/jobs/jobs-tab'), 'JobsTab'),
});
const document = createRoute({
  getParentRoute: () => app,
  path: '/knowledge/$id/documents/$doc',
  validateSearch: texts('chunk'),
  component: page(() => import('@/features/knowledge/chunks/document-page'), 'DocumentPage'),
});

const runs = createRoute({
  getParentRoute: () => app,
  path: '/runs',
  validateSearch: (search: Record<string, unknown>): RunFilter => ({
    flow: optional(search.flow),
    status: runStatus(search.status),
    rating: search.rating === 'up' || search.rating === 'down' ? search.rating : undefined,
    annotated: typeof search.annotated === 'boolean' ? search.annotated : undefined,
    share: optional(search.share),
    ...texts('q', 'user', 'from', 'to')(search),
  }),
  component: page(() => import('@/features/runs/runs-page'), 'RunsPage'),
});
const run = createRoute({
  getParentRoute: () => app,
  path: '/runs/$id',
  validateSearch: texts('step', 'tab'),
  component: RunOrTwo,
});
const monitorIndex = createRoute({
  getParentRoute: () => app,
  path: '/monitor',
  beforeLoad: () => {
    throw redirect({ to: '/monitor/$board', params: { board: 'overview' }, replace: true });
  },
});
const monitor = createRoute({
  getParentRoute: () => app,
  path: '/monitor/$board',
  validateSearch: texts('range', 'from', 'to'),
  component: page(() => import('@/features/monitor/monitor-page'), 'MonitorPage'),
});
const inbox = createRoute({
  getParentRoute: () => app,
  path: '/inbox',
  validateSearch: texts('wait'),
  component: page(() => import('@/features/inbox/inbox-page'), 'InboxPage'),
});
const answer = createRoute({
  getParentRoute: () => root,
  path: '/answers/$token',
  component: page(() => import('@/features/inbox/answer-page'), 'AnswerPage'),
});
const triggers = createRoute({
  getParentRoute: () => app,
  path: '/triggers',
  validateSearch: texts('flow'),
  component: page(() => import('@/features/triggers/triggers-page'), 'TriggersPage'),
});
const trigger = bare('/triggers/$id', page(() => import('@/features/triggers/trigger-page'), 'TriggerPage'));

const flows = createRoute({
  getParentRoute: () => app,
  path: '/flows',
  validateSearch: texts('q', 'tag', 'view'),
  component: page(() => import('@/features/flows/flows-page'), 'FlowsPage'),
});
const flowTexts = texts('node', 'in', 'run', 'from', 'list');
// A node, the container it stands in, a run drawn over the flow, a version in place of the draft, and whether the graph is listed.
const flow = createRoute({
  getParentRoute: () => app,
  path: '/flows/$id',
  validateSearch: (search: Record<string, unknown>): ReturnType<typeof flowTexts> & { v?: number | undefined } => ({ ...flowTexts(search), v: Number(search.v) > 0 ? Number(search.v) : undefined }),
  component: page(() => import('@/features/editor/editor-page'), 'EditorPage'),
});
const versions = bare('/flows/$id/versions/$pair', page(() => import('@/features/editor/versions/versions-page'), 'VersionsPage'));
const flowApi = bare('/flows/$id/api', page(() => import('@/features/flows/api-page/api-page'), 'FlowApiPage'));

const flowShare = createRoute({
  getParentRoute: () => app,
  path: '/flows/$id/share',
  validateSearch: texts('share'),
  component: page(() => import('@/features/flows/share-page/share-page'), 'SharePage'),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: '/settings',
  component: page(() => import('@/features/settings/settings-layout'), 'SettingsLayout'),
});
const settingsIndex = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/settings/models', replace: true });
  },
});
/** A page of the settings. */
const setting = <const P extends string>(path: P, component: RouteComponent) =>
  createRoute({ getParentRoute: () => settings, path, component });
const models = setting('/models', page(() => import('@/features/settings/models-page'), 'ModelsPage'));
const prices = createRoute({ getParentRoute: () => settings, path: '/prices', validateSearch: texts('q', 'from', 'model'), component: page(() => import('@/features/settings/prices-page'), 'PricesPage') });
const members = setting('/members', page(() => import('@/features/settings/members-page'), 'MembersPage'));
const keys = setting('/keys', page(() => import('@/features/settings/keys-page'), 'KeysPage'));
const profile = setting('/profile', page(() => import('@/features/settings/profile-page'), 'ProfilePage'));
const appearance = setting('/appearance', page(() => import('@/features/settings/appearance-page'), 'AppearancePage'));
const system = setting('/system', page(() => import('@/features/settings/system-page'), 'SystemPage'));
const usage = setting('/usage', page(() => import('@/features/operations/limits-page'), 'LimitsPage'));
const audit = createRoute({
  getParentRoute: () => settings,
  path: '/audit',
  validateSearch: texts('caller', 'action', 'target', 'from', 'to'),
  component: page(() => import('@/features/operations/audit-page'), 'AuditPage'),
});
const tools = setting('/tools', page(() => import('@/features/tools/tools-page'), 'ToolsPage'));
const tool = setting('/tools/$id', page(() => import('@/features/tools/tool-page'), 'ToolPage'));
const secrets = setting('/secrets', page(() => import('@/features/settings/secrets-page'), 'SecretsPage'));
const environment = setting('/environment', page(() => import('@/features/settings/environment-page'), 'EnvironmentPage'));

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    setup,
    answer,
    app.addChildren([
      home,
      chat,
      prompts,
      conversation,
      knowledge,
      knowledgeBase.addChildren([knowledgeIndex, documents, sources, searchPassages, evaluate, knowledgeSettings, jobs]),
      document,
      runs,
      run,
      monitorIndex,
      monitor,
      inbox,
      triggers,
      trigger,
      flows,
      flow,
      versions,
      flowApi,
      flowShare,
      settings.addChildren([settingsIndex, models, prices, tools, tool, secrets, environment, members, keys, usage, audit, profile, appearance, system]),
    ]),
  ]),
  defaultPreload: 'intent',
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
