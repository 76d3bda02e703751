export default {
  'form.lines': 'One item a line.',
  'form.json': 'As JSON.',
  'form.choose': 'Choose…',
  'form.optional': 'optional',
  'wrong.required': 'This is needed.',
  'wrong.number': 'Write a number.',
  'wrong.whole': 'Write a whole number.',
  'wrong.json': 'This is not JSON. Texts stand in "quotes".',
} as const;
