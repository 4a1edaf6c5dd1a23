// src/core/filter/passer/machine-code.ts from machine.as.ts: WebAssembly as text, so that bundle and tests load it alike.
import asc from 'assemblyscript/asc';

const FOLDER = 'src/core/filter/passer';

/** @returns the file's path and its text */
export async function machineCode(root) {
  const written = new Map();
  const { error, stderr } = await asc.main(
    [
      `${FOLDER}/machine.as.ts`,
      ...['--baseDir', root, '--outFile', 'machine.wasm', '-O3', '--runtime', 'stub', '--noAssert'],
      ...['--enable', 'simd'],
    ],
    { writeFile: (name, contents) => void written.set(name, contents) },
  );
  if (error) throw new Error(`${FOLDER}/machine.as.ts: ${stderr.toString()}`, { cause: error });
  const code = Buffer.from(written.get('machine.wasm')).toString('base64');
  const rows = code.match(/.{1,100}/g).map((row) => `  '${row}',\n`);
  const text = `/** Made from machine.as.ts by \`node scripts/drift.mjs --write\`; do not edit. WebAssembly in base64. */
export const MACHINE_CODE = [
${rows.join('')}].join('');
`;
  return [`${FOLDER}/machine-code.ts`, text];
}
