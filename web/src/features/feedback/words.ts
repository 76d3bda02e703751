import { speak } from '@/i18n';

export const { t: tf, tn: tfn } = speak({
  en: () => import('./words.en'),
  'zh-CN': () => import('./words.zh-CN'),
});
