import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { NewProvider, ProviderChange, ProviderKind, ProviderProbe } from '@/api/types';

export const BUILT_IN = 'builtin/extractive';

/** Where the vendors answer when no base URL is given. */
export const VENDOR_URLS: Record<ProviderKind, string> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com',
  ollama: 'http://localhost:11434',
  cohere: 'https://api.cohere.com',
  jina: 'https://api.jina.ai/v1',
  tei: 'http://localhost:8080',
};

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: () => call(client.GET('/api/v1/models')),
  staleTime: 30_000,
});

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: () => call(client.GET('/api/v1/providers')),
});

export async function setDefaultModel(model: string) {
  const models = await call(client.PUT('/api/v1/models/default', { body: { model } }));
  queryClient.setQueryData(modelsQuery.queryKey, models);
  return models;
}

function providersChanged(): void {
  void queryClient.invalidateQueries({ queryKey: providersQuery.queryKey });
  void queryClient.invalidateQueries({ queryKey: modelsQuery.queryKey });
}

export async function createProvider(body: NewProvider) {
  const provider = await call(client.POST('/api/v1/providers', { body }));
  providersChanged();
  return provider;
}

export async function changeProvider(id: string, body: ProviderChange) {
  const provider = await call(client.PATCH('/api/v1/providers/{id}', { params: { path: { id } }, body }));
  providersChanged();
  return provider;
}

export async function deleteProvider(id: string) {
  await call(client.DELETE('/api/v1/providers/{id}', { params: { path: { id } } }));
  providersChanged();
}

export function testProvider(id: string) {
  return call(client.POST('/api/v1/providers/{id}/test', { params: { path: { id } } }));
}

/** Tries a connection that is not saved. */
export function probeProvider(body: ProviderProbe) {
  return call(client.POST('/api/v1/providers/test', { body }));
}
