import { Parser, fromFile } from '@asyncapi/parser';
const p = new Parser();
const { document, diagnostics } = await fromFile(p, process.argv[2]).parse();
for (const d of diagnostics) console.log(d.severity, d.code, d.path.join('.'), d.message);
console.log(document ? `valid: ${document.operations().length} operations` : 'invalid');
process.exit(document && !diagnostics.some(d => d.severity === 0) ? 0 : 1);
