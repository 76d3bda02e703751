import { speak } from '@/i18n';

export const { t: to, tn: ton } = speak({
  en: () => import('./words.en'),
  'zh-CN': () => import('./words.zh-CN'),
});
