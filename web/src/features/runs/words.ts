import { speak } from '@/i18n';

export const { t: tr, tn: trn } = speak({
  en: () => import('./words.en'),
  'zh-CN': () => import('./words.zh-CN'),
});
export type RunStatusWord = 'queued' | 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled' | 'done' | 'skipped';
