import { lazy } from 'react';

/** Parts that are not there at the first sight of a flow. They are fetched once it stands. */
const parts = {
  addMenu: () => import('./add-menu'),
  find: () => import('./find-menu'),
  list: () => import('./list-view'),
  problems: () => import('./problems-tab'),
  publish: () => import('./publish'),
  run: () => import('./run-tab'),
  saveNotice: () => import('./save-notice'),
  scope: () => import('./scope-popup'),
  trial: () => import('./trial'),
  versions: () => import('./versions-tab'),
};

export const AddMenu = lazy(async () => ({ default: (await parts.addMenu()).AddMenu }));
export const FindMenu = lazy(async () => ({ default: (await parts.find()).FindMenu }));
export const ListView = lazy(async () => ({ default: (await parts.list()).ListView }));
export const ProblemsTab = lazy(async () => ({ default: (await parts.problems()).ProblemsTab }));
export const Publish = lazy(async () => ({ default: (await parts.publish()).Publish }));
export const RunTab = lazy(async () => ({ default: (await parts.run()).RunTab }));
export const SaveNotice = lazy(async () => ({ default: (await parts.saveNotice()).SaveNotice }));
export const ScopePopup = lazy(async () => ({ default: (await parts.scope()).ScopePopup }));
export const Trial = lazy(async () => ({ default: (await parts.trial()).Trial }));
export const VersionsTab = lazy(async () => ({ default: (await parts.versions()).VersionsTab }));
export const Canvas = lazy(async () => ({ default: (await import('./canvas')).Canvas }));

/** Fetches the parts before they are asked for, so that nobody waits for a menu. */
export function fetchTheRest(): void {
  for (const part of Object.values(parts)) void part().catch(() => {});
}
