// docs/jails.md: the table of the jails that ship, from jail.d.
import { code, prose, table, withGenerated } from './generated-part.mjs';

const PAGE = 'docs/jails.md';

export function jailsPage(root, catalogue) {
  const jails = catalogue.list('jail').map(({ name }) => catalogue.get('jail', name));
  const rows = jails.map((jail) => [
    code(jail.name),
    prose(jail.what),
    portsText(jail),
    logsText(jail),
    besides(jail).map(code).join(', '),
  ]);
  const text = table(['Jail', 'Bans for', 'Ports', 'Log of (path set)', 'Besides the defaults'], rows);
  return [[PAGE, withGenerated(root, PAGE, 'jails', text)]];
}

function portsText({ port = '', settings }) {
  const isAll = settings.some(({ name, value }) => name === 'banaction' && /allports/.test(value));
  return isAll || port === '0:65535'
    ? 'all'
    : port
        .split(',')
        .map((each) => each.trim())
        .join(', ');
}

/** Names of path sets as such; a path that is the same everywhere as it is. */
function logsText({ logpath = '' }) {
  const lines = logpath
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.map((line) => code(/^%\((\w+)\)s$/.exec(line)?.[1] ?? line)).join(' ');
}

/** Settings that say something of the jail: not what follows from the path set or shows elsewhere in the table. */
function besides({ name, filter, filterOptions, settings }) {
  const { mode, ...options } = filterOptions;
  const own = settings.filter(
    (setting) =>
      !(setting.name === 'backend' && /^%\(\w+_backend\)s$/.test(setting.value)) &&
      !(setting.name === 'banaction' && /allports/.test(setting.value)) &&
      !['mode', 'blocktype', 'returntype'].includes(setting.name),
  );
  const brackets = [
    ...(mode === undefined || mode === 'normal' ? [] : [`mode=${mode}`]),
    ...Object.keys(options).map((key) => `${key}=…`),
  ];
  const called = brackets.length > 0 ? `${filter}[${brackets.join(', ')}]` : filter;
  return [
    ...(called === name ? [] : [called]),
    ...own.map(({ name: key, value }) => {
      const isLong = value.includes('\n') || value.length > 40 || /^action/.test(key);
      return isLong ? `${key} = …` : `${key} = ${value}`;
    }),
  ];
}
