import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { components } from '@/api/schema';

type Schemas = components['schemas'];
export type Overview = Schemas['Overview'];
export type Usage = Schemas['UsageReport'];
export type System = Schemas['SystemReport'];
export type Consumer = Schemas['Consumer'];
export type Figure = Schemas['Figure'];
export type FigureNow = Schemas['FigureNow'];
export type Threshold = Schemas['Threshold'];
export type Alert = Schemas['Alert'];

export const RANGES = ['15m', '1h', '6h', '24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number];
export const isRange = (value: unknown): value is Range => RANGES.includes(value as Range);

/** How often boards are looked at while they are live, in milliseconds; not while nobody sees them. */
const LIVE = 5_000;

interface Looked {
  range: Range;
  live: boolean;
}

const every = (live: boolean) => ({ refetchInterval: live ? LIVE : (false as const), staleTime: live ? 0 : Infinity });

export const overviewQuery = ({ range, live }: Looked) =>
  queryOptions({
    queryKey: ['monitor', 'overview', range],
    queryFn: () => call(client.GET('/api/v1/monitor/overview', { params: { query: { range } } })),
    ...every(live),
  });

export const usageQuery = ({ range, live }: Looked) =>
  queryOptions({
    queryKey: ['monitor', 'usage', range],
    queryFn: () => call(client.GET('/api/v1/monitor/usage', { params: { query: { range } } })),
    ...every(live),
  });

export const systemQuery = ({ range, live }: Looked) =>
  queryOptions({
    queryKey: ['monitor', 'system', range],
    queryFn: () => call(client.GET('/api/v1/monitor/system', { params: { query: { range } } })),
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
