import { lazy } from 'react';
import { withWords } from '@/i18n';

/** Parts that are not there at the first sight of a flow. They are fetched once it stands. */
const late = withWords(() => import('./late'));
const list = withWords(() => import('./list-view'));
const canvas = withWords(() => import('./canvas'));

export const AddMenu = lazy(async () => ({ default: (await late()).AddMenu }));
export const FindMenu = lazy(async () => ({ default: (await late()).FindMenu }));
export const ProblemsTab = lazy(async () => ({ default: (await late()).ProblemsTab }));
export const Publish = lazy(async () => ({ default: (await late()).Publish }));
export const ReferenceChips = lazy(async () => ({ default: (await late()).ReferenceChips }));
export const RunTab = lazy(async () => ({ default: (await late()).RunTab }));
export const SaveNotice = lazy(async () => ({ default: (await late()).SaveNotice }));
export const ScopePopup = lazy(async () => ({ default: (await late()).ScopePopup }));
export const Trial = lazy(async () => ({ default: (await late()).Trial }));
export const VersionsTab = lazy(async () => ({ default: (await late()).VersionsTab }));
export const ListView = lazy(async () => ({ default: (await list()).ListView }));
export const Canvas = lazy(async () => ({ default: (await canvas()).Canvas }));

/** Fetches the parts before they are asked for, so that nobody waits for a menu. */
export function fetchTheRest(): void {
  for (const part of [late, list]) void part().catch(() => {});
}
