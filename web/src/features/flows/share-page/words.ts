import { speak } from '@/i18n';

export const { t: th, tn: thn } = speak({
  en: () => import('./words.en'),
  'zh-CN': () => import('./words.zh-CN'),
});
