import { speak } from '@/i18n';

export const { t: ts, tn: tsn } = speak({
  en: () => import('./words.en'),
  'zh-CN': () => import('./words.zh-CN'),
});
