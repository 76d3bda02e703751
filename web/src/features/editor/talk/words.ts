import { speak } from '@/i18n';

export const { t: tt, tn: ttn } = speak({
  en: () => import('./words.en'),
  'zh-CN': () => import('./words.zh-CN'),
});
