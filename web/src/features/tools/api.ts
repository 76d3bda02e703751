import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';

type Schemas = components['schemas'];
export type Tool = Schemas['Tool'];
export type ToolSummary = Schemas['ToolSummary'];
export type ToolKind = Schemas['ToolKind'];
export type ToolFunction = Schemas['ToolFunction'];
type Settings = Schemas['ToolRequest']['settings'];

export const toolsQuery = infiniteQueryOptions({
  queryKey: ['tools'],
  queryFn: ({ pageParam }) => call(client.GET('/api/v1/tools', { params: { query: { limit: 50, after: pageParam } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next ?? undefined,
});

const at = (id: string) => ({ params: { path: { id } } });

export function toolQuery(id: string) {
  return queryOptions({ queryKey: ['tool', id], queryFn: () => call(client.GET('/api/v1/tools/{id}', at(id))) });
}

/** The functions of a tool, asked for anew: the tool may be somebody else's server. */
export function functionsQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ['tool', id, 'functions', version],
    queryFn: () => call(client.POST('/api/v1/tools/{id}/test', at(id))),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: false,
  });
}

async function changed(tool: Tool): Promise<Tool> {
  queryClient.setQueryData(toolQuery(tool.id).queryKey, tool);
  await queryClient.invalidateQueries({ queryKey: toolsQuery.queryKey });
  return tool;
}

export interface ToolBody {
  name: string;
  description: string;
  settings: Record<string, unknown>;
}

export async function addTool(kind: ToolKind, body: ToolBody) {
  const { settings, ...rest } = body;
  return changed(
    await call(client.POST('/api/v1/tools', { body: { ...rest, kind, enabled: true, settings: settings as Settings } })),
  );
}

export async function changeTool(tool: Tool, change: Partial<ToolBody> & { enabled?: boolean }) {
  const body = { ...change, settings: change.settings as Settings | undefined, version: tool.version };
  return changed(await call(client.PATCH('/api/v1/tools/{id}', { ...at(tool.id), body })));
}

export async function deleteTool(id: string) {
  await call(client.DELETE('/api/v1/tools/{id}', at(id)));
  queryClient.removeQueries({ queryKey: ['tool', id] });
  await queryClient.invalidateQueries({ queryKey: toolsQuery.queryKey });
}

export function callTool(id: string, name: string, values: Record<string, unknown>) {
  const body = { function: name, arguments: values as Schemas['CallRequest']['arguments'] };
  return call(client.POST('/api/v1/tools/{id}/call', { ...at(id), body }));
}
