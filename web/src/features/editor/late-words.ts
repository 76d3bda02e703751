import { speak } from '@/i18n';

export const { t: tl, tn: tln } = speak({
  en: () => import('./late-words.en'),
  'zh-CN': () => import('./late-words.zh-CN'),
});
