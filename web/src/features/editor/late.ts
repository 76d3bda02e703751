// What `later.ts` fetches as one file, once a flow stands.
export { AddMenu } from './add-menu';
export { FindMenu } from './find-menu';
export { MoreItems, Unpublished } from './head-more';
export { HistoryTab } from './history-tab';
export { OtherVersion } from './other-version';
export { ProblemsTab } from './problems-tab';
export { Publish } from './publish';
export { ReferenceChips } from './reference-chips';
export { RunTab } from './run-tab';
export { SaveNotice } from './save-notice';
export { ScopePopup } from './scope-popup';
export { VariablesTab } from './variables-tab';
export { VersionsTab } from './versions-tab';
