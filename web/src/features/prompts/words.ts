import { speak } from '@/i18n';

export const { t: tp, tn: tpn } = speak({
  en: () => import('./words.en'),
  'zh-CN': () => import('./words.zh-CN'),
});
