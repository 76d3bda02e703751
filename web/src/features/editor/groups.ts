import { type FlowDoc, type FlowNode, type Group, GROUP_COLOURS } from './model';

/** A group of the graph that is shown, with the boxes of it that are there. */
export type Grouped = { group: Group; members: string[] };

/** The groups of a graph whose boxes are `shown`. A box belongs to the first that names it; a group without boxes is none. */
export function groupsOf(doc: FlowDoc, shown: readonly FlowNode[]): Grouped[] {
  if (!doc.groups?.length) return [];
  const free = new Set(shown.map(({ id }) => id));
  const found: Grouped[] = [];
  for (const group of doc.groups) {
    const members = group.nodes.filter((id) => free.delete(id));
    if (members.length > 0) found.push({ group, members });
  }
  return found;
}

function withGroups(doc: FlowDoc, groups: Group[]): FlowDoc {
  const { groups: _, ...rest } = doc;
  return groups.length > 0 ? { ...rest, groups } : rest;
}

/** The document without some boxes in its groups; groups that this empties go. */
export function leaveGroups(doc: FlowDoc, ids: ReadonlySet<string>): FlowDoc {
  if (!doc.groups?.some(({ nodes }) => nodes.some((id) => ids.has(id)))) return doc;
  const left = doc.groups.map((group) => ({ ...group, nodes: group.nodes.filter((id) => !ids.has(id)) }));
  return withGroups(doc, left.filter(({ nodes }) => nodes.length > 0));
}

export function freshGroupId(doc: FlowDoc): string {
  const taken = new Set(doc.groups?.map(({ id }) => id));
  let number = 1;
  while (taken.has(`group${number}`)) number += 1;
  return `group${number}`;
}

/** Puts boxes into a new group, out of those they were in. */
export function groupNodes(doc: FlowDoc, ids: string[], title: string): FlowDoc {
  if (ids.length === 0) return doc;
  const left = leaveGroups(doc, new Set(ids));
  const colour = GROUP_COLOURS[(left.groups?.length ?? 0) % GROUP_COLOURS.length] ?? 'grey';
  return withGroups(left, [...(left.groups ?? []), { id: freshGroupId(doc), title, colour, nodes: ids }]);
}

/** Takes the frames away around boxes; the boxes stay where they are. */
export function ungroup(doc: FlowDoc, ids: ReadonlySet<string>): FlowDoc {
  const left = doc.groups?.filter(({ nodes }) => !nodes.some((id) => ids.has(id))) ?? [];
  return left.length === (doc.groups?.length ?? 0) ? doc : withGroups(doc, left);
}

export function changeGroup(doc: FlowDoc, id: string, part: Partial<Group>): FlowDoc {
  return withGroups(doc, doc.groups?.map((group) => (group.id === id ? { ...group, ...part } : group)) ?? []);
}

/** The group whose boxes are chosen, all of them and no other. */
export const isChosen = ({ members }: Grouped, chosen: ReadonlySet<string>) => members.length === chosen.size && members.every((id) => chosen.has(id));

/** A closed group is shown open while one of its boxes alone is looked at. */
export const isClosed = ({ group, members }: Grouped, chosen: ReadonlySet<string>) =>
  group.collapsed === true && members.length > 1 && !(chosen.size === 1 && members.some((id) => chosen.has(id)));
