import { speak } from '@/i18n';

export const { t: te, tn: ten } = speak({
  en: () => import('./words.en'),
  'zh-CN': () => import('./words.zh-CN'),
});
