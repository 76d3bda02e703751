import { speak } from '@/i18n';

export const { t: tm, tn: tmn } = speak({
  en: () => import('./words.en'),
  'zh-CN': () => import('./words.zh-CN'),
});
