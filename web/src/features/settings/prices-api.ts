import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { Price } from './prices';

export const pricesQuery = queryOptions({
  queryKey: ['model-prices'],
  queryFn: async () => (await call(client.GET('/api/v1/models/prices'))).items,
});

/** Sets what a model costs; null goes back to what its vendor publishes. */
export async function setPrice(model: string, price: Price | null) {
  const { items } = await call(client.PUT('/api/v1/models/prices', { body: { model, price } }));
  queryClient.setQueryData(pricesQuery.queryKey, items);
}
