/** A PDF with a line of text on each page, small enough to read here. */
function pdf(...texts) {
  const pages = texts.map((_, at) => `${4 + 2 * at} 0 R`).join(' ');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pages}] /Count ${texts.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ];
  for (const [at, text] of texts.entries()) {
    const stream = `BT /F1 18 Tf 72 700 Td (${text}) Tj ET`;
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + 2 * at} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    );
  }
  let file = '%PDF-1.4\n';
  const offsets = [];
  for (const [index, object] of objects.entries()) {
    offsets.push(file.length);
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const xref = file.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`;
  return file;
}

const file = (name, mimeType, text) => ({ name, mimeType, buffer: Buffer.from(text, 'latin1') });

export const GOOD = [
  file('orchard.md', 'text/markdown', '# Orchard\n\n## Pears\n\nThe pear harvest begins in the last week of August.\n'),
  file('cellar.txt', 'text/plain', 'The cellar is kept at eleven degrees all year round.\n'),
  file(
    'press.html',
    'text/html',
    '<!doctype html><title>Press</title><article><h1>The press</h1><p>The hydraulic press is cleaned after every batch.</p></article>',
  ),
  file('delivery.pdf', 'application/pdf', pdf('Deliveries leave the yard on Tuesdays and Fridays.')),
];
export const BROKEN = file('broken.pdf', 'application/pdf', '%PDF-1.4\nthis is not a PDF file at all');
/** Three pages, each about something else. */
export const ALMANAC = file(
  'almanac.pdf',
  'application/pdf',
  pdf('Frost comes to the lower fields in the first days of November.', 'Bees fly from March on, when the willows are in flower.', 'Hay is cut twice, in June and at the end of August.'),
);
/** What a browser cannot show: its text is read. */
export const LETTER = file('letter.eml', 'message/rfc822', 'From: edda@example.com\r\nTo: tom@example.com\r\nSubject: The ladder\r\nContent-Type: text/plain\r\n\r\nThe long ladder stands behind the barn. Please tie it to the oak.\r\n');
