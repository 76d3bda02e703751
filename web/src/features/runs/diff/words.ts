import { speak } from '@/i18n';

export const { t: td, tn: tdn } = speak({
  en: () => import('./words.en'),
  'zh-CN': () => import('./words.zh-CN'),
});
