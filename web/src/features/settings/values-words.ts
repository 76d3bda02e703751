import { speak } from '@/i18n';

export const { t: tv, tn: tvn } = speak({
  en: () => import('./values-words.en'),
  'zh-CN': () => import('./values-words.zh-CN'),
});
