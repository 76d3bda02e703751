import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';

export type KeptSecret = components['schemas']['KeptSecret'];
type NewValue = components['schemas']['NewValue'];

export const secretsQuery = queryOptions({
  queryKey: ['secrets'],
  queryFn: async () => (await call(client.GET('/api/v1/secrets'))).secrets,
});

export const environmentQuery = queryOptions({
  queryKey: ['environment'],
  queryFn: async () => (await call(client.GET('/api/v1/environment'))).values as Record<string, unknown>,
});

const refreshSecrets = () => queryClient.invalidateQueries({ queryKey: secretsQuery.queryKey });
const refreshEnvironment = () => queryClient.invalidateQueries({ queryKey: environmentQuery.queryKey });
const named = (name: string) => ({ params: { path: { name } } });

export async function setSecret(name: string, value: string) {
  await call(client.PUT('/api/v1/secrets/{name}', { ...named(name), body: { value } }));
  await refreshSecrets();
}

export async function deleteSecret(name: string) {
  await call(client.DELETE('/api/v1/secrets/{name}', named(name)));
  await refreshSecrets();
}

export async function setEnvironment(name: string, value: unknown) {
  await call(client.PUT('/api/v1/environment/{name}', { ...named(name), body: { value } as NewValue }));
  await refreshEnvironment();
}

export async function deleteEnvironment(name: string) {
  await call(client.DELETE('/api/v1/environment/{name}', named(name)));
  await refreshEnvironment();
}
