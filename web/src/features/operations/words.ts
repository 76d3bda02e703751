import { speak } from '@/i18n';

export const { t, tn } = speak({
  en: () => import('./words.en'),
  'zh-CN': () => import('./words.zh-CN'),
});
