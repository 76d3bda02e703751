import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';
import type { Time } from './time';

type Schemas = components['schemas'];
export type Overview = Schemas['Overview'];
export type Usage = Schemas['UsageReport'];
export type System = Schemas['SystemReport'];
export type Consumer = Schemas['Consumer'];
export type Figure = Schemas['Figure'];
export type FigureNow = Schemas['FigureNow'];
export type Threshold = Schemas['Threshold'];
export type Alert = Schemas['Alert'];

/** How often boards are looked at while they are live, in milliseconds; not while nobody sees them. */
const LIVE = 5_000;

type Looked = Time & { live: boolean };

const every = (live: boolean) => ({ refetchInterval: live ? LIVE : (false as const), staleTime: live ? 0 : Infinity });

/** What was there stays until another time is there, so that the page does not jump. */
const stays = { placeholderData: keepPreviousData };

export const overviewQuery = ({ live, ...query }: Looked) =>
  queryOptions({
    queryKey: ['monitor', 'overview', query],
    queryFn: () => call(client.GET('/api/v1/monitor/overview', { params: { query } })),
    ...stays,
    ...every(live),
  });

export const usageQuery = ({ live, ...query }: Looked) =>
  queryOptions({
    queryKey: ['monitor', 'usage', query],
    queryFn: () => call(client.GET('/api/v1/monitor/usage', { params: { query } })),
    ...stays,
    ...every(live),
  });

export const systemQuery = ({ live, ...query }: Looked) =>
  queryOptions({
    queryKey: ['monitor', 'system', query],
    queryFn: () => call(client.GET('/api/v1/monitor/system', { params: { query } })),
    ...stays,
    ...every(live),
  });

export const alertsQuery = (live: boolean) =>
  queryOptions({
    queryKey: ['monitor', 'alerts'],
    queryFn: async () => (await call(client.GET('/api/v1/monitor/alerts'))).items,
    ...every(live),
  });

export const thresholdsQuery = queryOptions({
  queryKey: ['monitor', 'thresholds'],
  queryFn: async () => (await call(client.GET('/api/v1/monitor/thresholds'))).items,
});

export async function setThresholds(items: Threshold[]) {
  await call(client.PUT('/api/v1/monitor/thresholds', { body: { items } }));
  await queryClient.invalidateQueries({ queryKey: ['monitor'] });
}
