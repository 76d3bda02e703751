/** A one-page PDF with a line of text, small enough to read here. */
function pdf(text) {
  const stream = `BT /F1 18 Tf 72 700 Td (${text}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ];
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
