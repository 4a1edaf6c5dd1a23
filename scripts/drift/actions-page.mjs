// docs/actions.md: a table of the actions that ship, and the parameters of each, from the heads and [Init] of action.d.
import { code, longTable, paragraphs, prose, table } from './generated-part.mjs';

const PAGE = 'docs/actions.md';
/** Longer defaults are scripts. */
const MAX_DEFAULT = 60;

export function actionsPage(catalogue) {
  const actions = new Map(catalogue.list('action').map(({ name }) => [name, catalogue.get('action', name)]));
  const index = longTable(
    ['Action', 'What it does'],
    [...actions.values()].map(({ name, what }) => [`[${code(name)}](#${name})`, prose(what)]),
  );
  const sections = [...actions.values()].map((action) => section(action, actions));
  return [[PAGE, [{ name: 'actions', text: [index, ...sections].join('\n\n') }]]];
}

function section(action, actions) {
  const { name, what, options, remarks, includes, example } = action;
  const base = actions.get(includes.find((each) => actions.has(each)));
  const shown = base
    ? options.filter((option) => !base.options.some((other) => same(option, other)))
    : options;
  const inherited = base ? `Parameters are those of [${code(base.name)}](#${base.name})` : '';
  const rows = shown.map((option) => {
    const known = base?.options.find(({ name: each, text }) => each === option.name && text === option.text);
    return [code(option.name), known ? '' : meaning(option), defaultText(option)];
  });
  return [
    `### ${name}`,
    prose(what),
    base ? `${inherited}${rows.length > 0 ? ', but for:' : '.'}` : '',
    rows.length > 0 ? table(['Parameter', '', 'Default'], rows) : '',
    ...paragraphs(remarks),
    `\`\`\`ini\n${example.text.trim()}\n\`\`\``,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function same(a, b) {
  return a.name === b.name && JSON.stringify(a) === JSON.stringify(b);
}

function meaning({ text = '', values }) {
  const list = values
    .filter((value) => value.text)
    .map((value) => `${code(value.name)} ${prose(value.text)}`)
    .join('; ');
  return [prose(text), list].filter((part) => part !== '').join(': ');
}

function defaultText({ default: value, variants }) {
  if (value === undefined) return '';
  const families = variants.map(
    (each) => `${shown(each.default)} (${each.when.replace('family=inet6', 'IPv6')})`,
  );
  return [shown(value), ...families].filter((part) => part !== '').join(', ');
}

function shown(value) {
  if (value === '') return '';
  const [first, ...more] = value.trim().split('\n');
  return more.length > 0 || first.length > MAX_DEFAULT ? '…' : code(first);
}
