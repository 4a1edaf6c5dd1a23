// test/filters/*.log → dist/samples.json: for each filter a few lines that should count, from which `f2b show` takes its
// examples. The tests are not in the package, their samples are; `show` tries each line before it shows it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** So many lines to choose from for the default and for each mode. */
const CANDIDATES = 3;
/** A filter of several lines may need those in front. */
const BEFORE = 2;

/** Name of a filter → its samples: [{text, match, host, modes, options, before …}], see test/filters/README.md. */
export function readSamples(root) {
  const dir = resolve(root, 'test/filters');
  const files = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.log')) : [];
  return new Map(files.sort().map((file) => [file.slice(0, -'.log'.length), samplesOf(resolve(dir, file))]));
}

function samplesOf(file) {
  const samples = [];
  let expected;
  for (const [index, text] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (text.startsWith('# {')) expected = expectation(text.slice(2), `${file}:${index + 1}`);
    else if (text !== '' && !text.startsWith('#') && expected) {
      const before = samples.slice(-BEFORE).map((sample) => sample.text);
      samples.push({ ...expected, text, before });
      expected = undefined;
    }
  }
  return samples;
}

function expectation(json, place) {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new Error(`${place}: ${error.message}`);
  }
}

/** The book for `f2b show`: src/core/catalogue/samples.ts. */
export function sampleBook(root) {
  const book = {};
  for (const [name, samples] of readSamples(root)) {
    const usable = samples.filter(({ match, options }) => match && options === undefined);
    const modes = [undefined, ...new Set(usable.flatMap((sample) => sample.modes ?? []))];
    const chosen = new Set(
      modes.flatMap((mode) =>
        usable
          .filter((sample) => (mode === undefined ? !sample.modes : sample.modes?.includes(mode)))
          .slice(0, CANDIDATES),
      ),
    );
    const several = looksBack(root, name);
    book[name] = usable
      .filter((sample) => chosen.has(sample))
      .map(({ text, modes, before }) => ({
        text,
        ...(modes ? { modes } : {}),
        ...(several && before.length > 0 ? { before } : {}),
      }));
  }
  return book;
}

/** Does the filter put lines together? */
function looksBack(root, name) {
  const file = resolve(root, 'filters.d', `${name}.conf`);
  return existsSync(file) && /^maxlines|<F-MLFID>|<SKIPLINES>/m.test(readFileSync(file, 'utf8'));
}
