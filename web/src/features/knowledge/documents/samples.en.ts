import type { Samples } from './samples';

const samples: Samples = {
  files: [
    {
      type: 'text/markdown',
      text: `# Handbook of Alder Hill Orchard

## The trees

Alder Hill has four fields. Pears grow in the Long Field, early apples at the Brook, late apples on the Slope, and quinces along the southern wall.
The oldest trees were planted in 1932, and none of them has been sprayed since 1996.

## Picking

Pears are picked in the last week of August, while they are still hard, and ripen in the cellar for three weeks.
Early apples follow in the second week of September, late ones from the tenth of October on.
Quinces stay on the trees until the first cold night.
Nobody picks in the rain: wet fruit does not keep.

## The cellar

The cellar is kept at eleven degrees all year round, and its door is never left open.
Pears lie in the front, apples in the back, because apples make pears ripen too soon.
Every Monday somebody looks through all crates and takes out what has spots.

## The press

Cider is pressed on Thursdays. A batch is 200 kilograms of apples and gives about 120 litres.
The press is cleaned with hot water after every batch, and with soda at the end of the day.
Only two people, Edda and Tom, may run it, because its guard has to be taken off for cleaning.

## Safety

Ladders are tied to a branch that is thicker than an arm. Call 555-0142 when somebody is hurt; the bandages are in the red box beside the press.
`,
    },
    {
      type: 'text/csv',
      text: `fruit,variety,field,first day,last day,crates expected
pear,Williams,Long Field,24 August,31 August,140
pear,Conference,Long Field,28 August,6 September,90
apple,Discovery,Brook,9 September,16 September,120
apple,Cox,Brook,20 September,2 October,160
apple,Bramley,Slope,10 October,24 October,210
quince,Vranja,southern wall,after the first frost,,15
`,
    },
    {
      type: 'text/html',
      text: `<!doctype html>
<html lang="en"><head><title>What visitors ask</title></head><body>
<h1>What visitors ask</h1>
<h2>When is the shop open?</h2>
<p>From Wednesday to Saturday, nine to five, and every day while fruit is picked.</p>
<h2>May we pick fruit ourselves?</h2>
<p>Yes, apples at the Brook, on the Saturdays of September. A basket is 8 euros. All other fruit is left to us.</p>
<h2>Are dogs allowed?</h2>
<p>On a lead, in all fields but the Slope, where sheep graze.</p>
<h2>Can cider be sent home?</h2>
<p>Yes, in boxes of six bottles. Deliveries leave on Tuesdays and Fridays, and take two days.</p>
</body></html>
`,
    },
  ],
};

export default samples;
