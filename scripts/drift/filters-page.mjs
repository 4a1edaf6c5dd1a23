// docs/filters.md: a table of the filters that ship and a section on each, from the heads of filters.d and the samples of
// test/filters. Every line that is shown has been read by the filter: it does what the page says.
import { resolve } from 'node:path';
import { readSamples } from '../samples.mjs';
import { code, longTable, paragraphs, prose, table } from './generated-part.mjs';

const PAGE = 'docs/filters.md';

/** @param core what dist/core.js exports; @param catalogue of the package itself */
export function filtersPage(root, core, catalogue) {
  const samples = readSamples(root);
  const filters = catalogue.list('filter').map(({ name }) => catalogue.get('filter', name));
  const index = longTable(
    ['Filter', 'What it counts'],
    filters.map(({ name, what }) => [`[${code(name)}](#${name})`, prose(what)]),
  );
  const sections = filters.map((filter) =>
    section(filter, quietLine(root, core, filter, samples.get(filter.name) ?? [])),
  );
  return [[PAGE, [{ name: 'filters', text: [index, ...sections].join('\n\n') }]]];
}

function section(filter, quiet) {
  const { name, what, modes, defaultMode, options, remarks, samples } = filter;
  const modeRows = modes.map((mode) => {
    const names = mode.name.split(', ');
    const note = names.includes(defaultMode) && modes.length > 1 ? ' (default)' : '';
    return [names.map(code).join(', ') + note, prose(mode.text)];
  });
  const said = options.filter(({ text, values }) => text !== undefined || values.some((value) => value.text));
  return [
    `## ${name}`,
    prose(what),
    modes.length > 0 ? table(['Mode', 'Sees'], modeRows) : '',
    said.map(optionText).join('\n'),
    ...paragraphs(remarks),
    ...samples.map(({ mode, lines }) => example(mode, 'counts', lines)),
    quiet ? example(quiet.mode, 'passes', [quiet.text]) : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function optionText({ name, text, values, default: value }) {
  const isShort = value !== undefined && value !== '' && !value.includes('\n') && value.length <= 60;
  const isListed = values[0]?.name === value;
  const fallback = isShort && !isListed ? ` (default: ${code(value)})` : '';
  const head = `- ${code(name)}: ${prose(text ?? '')}${fallback}`.trimEnd();
  return [head, ...values.map((each) => `  - ${code(each.name)}: ${prose(each.text)}`)].join('\n');
}

function example(mode, what, lines) {
  const fence = lines.some((line) => line.includes('```')) ? '````' : '```';
  return `${fence}log ${mode === undefined ? '' : `mode=${mode} `}${what}\n${lines.join('\n')}\n${fence}`;
}

/** A line that the filter sees and passes over, in its widest mode. With an address if there is one. */
function quietLine(root, core, { name, modes }, samples) {
  const names = modes.flatMap((mode) => mode.name.split(', '));
  const mode = names.includes('aggressive') ? 'aggressive' : undefined;
  const filter = filterOf(root, core, name, mode);
  const quiet = samples.filter(
    ({ match, options, text }) => !match && options === undefined && passes(filter, text),
  );
  const chosen = quiet.find(({ host, why }) => host !== undefined && why === undefined) ?? quiet[0];
  return chosen && { mode, text: chosen.text };
}

function filterOf(root, core, name, mode) {
  const file = resolve(root, 'filters.d', `${name}.conf`);
  const loaded = core.loadFilter(mode === undefined ? file : `${file}[mode=${mode}]`, {
    folder: new core.ConfigFolder(root, root),
  });
  const clock = new core.ManualClock(Date.UTC(2026, 10, 21, 12) / 1000);
  const filter = new core.LineFilter(loaded.plan, { clock, usedns: 'raw' });
  return { filter, blank: filter.snapshot() };
}

function passes({ filter, blank }, text) {
  filter.restore(blank);
  const [outcome] = filter.run([{ text, ascii: /^[\x00-\x7f]*$/.test(text) }]);
  return outcome.verdict !== 'failure';
}
