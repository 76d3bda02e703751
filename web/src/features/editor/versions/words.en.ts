/** Words of comparing two versions of a flow. */
export default {
  'versions.title': 'Versions of {name}',
  'versions.from': 'From',
  'versions.to': 'To',
  'versions.draft': 'Draft',
  'versions.graph': 'Graph of both versions',
  'versions.fields': 'What changed',
  'versions.show': 'Graph',
  'versions.show.flow': 'The whole flow',
  'versions.show.inside': 'Inside {name}',
  'versions.load': 'Load v{number} into the draft',
  'versions.load.text': 'The draft becomes what v{number} is. What is published stays.',
  'versions.loaded': 'The draft is v{number} again.',
  'versions.address': 'This address names no two versions. It has the form …/versions/1..draft.',
  'versions.legend': 'Signs in the graph',
} as const;
