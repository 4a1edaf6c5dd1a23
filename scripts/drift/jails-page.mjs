// docs/jails.md: the tables of the jails that ship and of the path sets, from jail.d.
import { code, longTable, prose } from './generated-part.mjs';

const PAGE = 'docs/jails.md';

export function jailsPage(catalogue) {
  const jails = catalogue.list('jail').map(({ name }) => catalogue.get('jail', name));
  const rows = jails.map((jail) => [
    code(jail.name),
    prose(jail.what),
    portsText(jail),
    logsText(jail),
    besides(jail).map(code).join(', '),
  ]);
  const text = longTable(['Jail', 'Bans for', 'Ports', 'Log of (path set)', 'Besides the defaults'], rows);
  const paths = longTable(['Name', 'Debian', 'Elsewhere'], pathRows(jails));
  return [
    [
      PAGE,
      [
        { name: 'jails', text },
        { name: 'path sets', text: paths },
      ],
    ],
  ];
}

/** What the names of path sets stand for, as far as a jail reads one of them alone. */
function pathRows(jails) {
  const rows = new Map();
  for (const { logpath = '', logs, logsElsewhere } of jails) {
    const name = /^%\((\w+)\)s$/.exec(logpath.trim())?.[1];
    if (name === undefined || rows.has(name)) continue;
    const others = logsElsewhere.map(
      ({ sets, logs: paths }) => `${sets.join(', ')}: ${paths.map(code).join(' ')}`,
    );
    rows.set(name, [code(name), logs.map(code).join(' '), others.join('; ')]);
  }
  return [...rows.keys()].sort().map((name) => rows.get(name));
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
