import { speak } from '@/i18n';

export const { t: tm, tn: tmn } = speak({
  en: () => import('./merge-words.en'),
  'zh-CN': () => import('./merge-words.zh-CN'),
});
