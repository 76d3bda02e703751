import { useSearch } from '@tanstack/react-router';
import { createContext, useContext } from 'react';
import { isRange, type Range } from './api';

/** Whether boards look again by themselves. */
export const Live = createContext(true);

/** Which time is looked at, and whether it moves on. */
export function useLooked(): { range: Range; live: boolean } {
  const { range } = useSearch({ from: '/app/monitor/$board' });
  return { range: isRange(range) ? range : '1h', live: useContext(Live) };
}
