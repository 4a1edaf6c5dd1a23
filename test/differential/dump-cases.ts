/**
 * Configurations for dump.test.ts, by rule: each a few files, often many jails in one of them.
 */
export interface DumpCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
}

/** One jail an entry, so that a single dump answers all of them. */
function jails(option: string, values: readonly string[], more = ''): string {
  const sections = values.map((value, i) => `[j${i}]\n${option} = ${value.replaceAll('\n', '\n  ')}\n`);
  return `[DEFAULT]\nenabled = true\n${more}\n${sections.join('')}`;
}

const ACTIONS = {
  'action.d/a.conf': '[Definition]\nactionban = <x>\n[Init]\nx = 1\n',
  'action.d/b.conf': '[Definition]\nactionban = b <name>\n',
};
const FILTER = {
  'filter.d/f.conf': '[Definition]\nfailregex = r <v> %(w)s\nv = def\nw = def2\n[Init]\nv = init\n',
};

const BRACKETS = [
  'a=1',
  'a=1, b="x,y]z", c=\'q"w\'',
  'a=1][b=2',
  'a=1] [b=2',
  'a=b[c]',
  'a="b[c]"',
  'a = 1',
  'a= "1"',
  'a="1" ',
  'a="1"x',
  'a=b=c',
  'a=',
  '',
  ' ',
  ',',
  ', ',
  'a=1,',
  'a=1,,b=2',
  'a=1 ,b=2',
  'a="1",\n b="2"',
  'a="x\ny"',
  'a="1", é="2"',
  'a=0123456789012345678901234567890123456789, b 0123456789012345678901234567890123456789',
  'v=br, w=br2',
  'v="%(w)s", w=<v>',
  'failregex=in bracket',
  'logtype=',
  'a="1",][b="2"',
  '][b="2 3"',
  'a="1"][][b="2"',
  'a="1 2"][,',
];

const TREE = {
  'filter.d/t.conf':
    '[Definition]\nq = 1\nfailregex = %(q)s <q> <known/q> <other/x> %(other/x)s <DEFAULT/d>\n[other]\nx = <d>\n[DEFAULT]\nd = dflt\n',
  'jail.conf': '[j]\nenabled = yes\nfilter = t\n',
};

export const DUMP_CASES: Readonly<Record<string, readonly DumpCase[]>> = {
  'brackets of a filter': [
    {
      name: 'filter',
      files: {
        ...FILTER,
        'jail.conf': jails(
          'filter',
          BRACKETS.map((text) => `f[${text}]`),
        ),
      },
    },
    {
      name: 'odd names',
      files: {
        ...FILTER,
        'jail.conf': jails('filter', [
          'f [a=1]',
          'f[a=1',
          'f[a="1"]x',
          '[a=1]',
          'nope',
          "no'pe",
          '\nf',
          '"f"',
          '',
        ]),
      },
    },
  ],
  'brackets of actions and where a list of them is cut': [
    {
      name: 'one',
      files: {
        ...ACTIONS,
        'jail.conf': jails(
          'action',
          BRACKETS.map((text) => `a[${text}] b`),
        ),
      },
    },
    {
      name: 'several',
      files: {
        ...ACTIONS,
        'jail.conf': jails('action', [
          'a b',
          'a[x=1,\n y=2]\n b',
          'a[x="1 2"] [y="3"] b',
          'a[x=1] 2[y=3] b',
          '[x="1 2"] b',
          'a[[x="1 2"]] b',
          'a[name=j24-tcp]',
          'a[name=other]',
          'a[actname=z] a',
          'a\u00a0b',
          'nope a',
          'p.py[x="1", y=é]',
          'a a',
          '',
        ]),
      },
    },
    {
      name: 'no [Definition]',
      files: {
        'action.d/a.conf': '[Init]\nx = 1\nactionstop = <x>\n[DEFAULT]\ny = 2\n',
        'jail.conf': jails('action', ['a', 'a[actionban="<x><y>", norestored=yes]']),
      },
    },
  ],
  'lines of a file': [
    {
      name: 'comments, blanks and continuation',
      files: {
        'jail.conf':
          '[j]\nenabled = yes\nfailregex = x\n   y ; z\n   # c\n#c\n   v\n\n   u\n\nignoreregex = a ; b\n  b;c\n  c # d\n  "q ; r"\nUSEDNS : no\nmaxretry=3 ;x\n[k]text behind\n  enabled = yes\n  datepattern = x\n   y\n  maxretry = 4\n',
      },
    },
    { name: 'CRLF', files: { 'jail.conf': '[j]\r\nenabled = yes\r\nfailregex = a\r\n  b\r\n\r\n  c\r\n' } },
    { name: 'lone CR', files: { 'jail.conf': '[j]\renabled = yes\rmaxretry = 2\n' } },
    { name: 'no newline at the end', files: { 'jail.conf': '[j]\nenabled = yes\nmaxretry = 2' } },
    {
      name: 'NUL and other controls',
      files: { 'jail.conf': '[j]\nenabled = yes\nfailregex = a\0b\x0bc\x1cd\x85e\u2028f\n' },
    },
    { name: 'byte order mark', files: { 'jail.conf': '\ufeff[j]\nenabled = yes\n' } },
    { name: 'empty', files: { 'jail.conf': '' } },
    { name: 'no header', files: { 'jail.conf': 'enabled = yes\n' } },
    { name: 'no option', files: { 'jail.conf': '[j]\nenabled = yes\nword\n' } },
    { name: 'no name', files: { 'jail.conf': '[j]\nenabled = yes\n= word\n' } },
    { name: 'option twice', files: { 'jail.conf': '[j]\nenabled = yes\nEnabled = no\n' } },
    { name: 'section twice', files: { 'jail.conf': '[j]\nenabled = yes\n[k]\n[j]\n' } },
    {
      name: '[DEFAULT] twice',
      files: { 'jail.conf': '[DEFAULT]\nenabled = yes\n[j]\n[DEFAULT]\nmaxretry = 3\n' },
    },
    {
      name: 'twice in two files',
      files: { 'jail.conf': '[j]\nenabled = yes\nmaxretry = 1\n', 'jail.local': '[j]\nMaxRetry = 2\n' },
    },
    { name: 'section without end', files: { 'jail.conf': '[j\nenabled = yes\n' } },
    { name: 'empty section name', files: { 'jail.conf': '[]\nenabled = yes\n' } },
  ],
  'layers and includes': [
    {
      name: 'order of files',
      files: {
        'jail.conf': '[j]\nenabled = yes\nmaxretry = 1\nfailregex = conf\n',
        'jail.d/b.conf': '[j]\nmaxretry = 2\nfailregex = %(known/failregex)s b\n',
        'jail.d/B.conf': '[j]\nmaxretry = 3\n',
        'jail.d/.hidden.conf': '[j]\nmaxretry = 9\n',
        'jail.d/other.txt': '[j]\nmaxretry = 9\n',
        'jail.local': '[j]\nmaxmatches = %(known/maxretry)s\n',
        'jail.d/a.local': '[j]\nbantime = %(maxretry)s\n',
      },
    },
    { name: 'a .local alone', files: { 'jail.local': '[j]\nenabled = yes\n' } },
    {
      name: 'before, after, .local of both, missing, itself',
      files: {
        'jail.conf':
          '[INCLUDES]\nbefore = x.conf\n  none.conf\nafter = sub/y.conf\n  jail.conf\n[j]\nenabled = yes\nfailregex = %(a)s %(b)s %(c)s\n',
        'x.conf': '[DEFAULT]\na = x\nb = x\nc = x\n',
        'x.local': '[DEFAULT]\nb = xl\n',
        'sub/y.conf': '[INCLUDES]\nbefore = z.conf\n[DEFAULT]\nc = y\n',
        'sub/z.conf': '[DEFAULT]\na = z\nc = z\n',
        'sub/y.local': '[DEFAULT]\nc = yl\n',
      },
    },
    {
      name: 'an include that is broken',
      files: { 'jail.conf': '[INCLUDES]\nbefore = x.conf\n[j]\nenabled = yes\n', 'x.conf': 'x\n' },
    },
    {
      name: 'two levels of known',
      files: { ...TREE, 'filter.d/t.local': '[Definition]\nq = %(known/q)s+2\n' },
    },
    {
      name: 'three levels of known',
      files: {
        ...TREE,
        'filter.d/t.local': '[Definition]\nq = %(known/q)s+2\n',
        'filter.d/t.d/1.local': '[Definition]\nq = %(known/q)s+4\n',
      },
    },
  ],
  references: [
    {
      name: 'into other sections',
      files: {
        'jail.conf':
          '[DEFAULT]\nx = d\n[a]\nenabled = yes\nfailregex = %(b/y)s %(default/x)s %(__name__)s %(X)s %%\n[b]\nx = bx\ny = %(x)s\n',
      },
    },
    ...[
      '%(DEFAULT/x)s',
      '%(DEFAULT/x)s %(default/x)s',
      '%(w)s %(default/x)s',
      '%(default/x)s %(low)s',
      '%(DEFAULT/x)s %(low)s',
      '%(b/Y)s',
      '%(KNOWN/failregex)s',
      '%(B/y)s',
      '%(none)s',
      '%(b/none)s',
      '%(a)d',
      '%',
      '%(a',
      '%(loop)s',
      '%(known/failregex)s',
    ].map((text) => ({
      name: text,
      files: {
        'jail.conf': `[DEFAULT]\nx = d\nloop = %(loop)s\nw = %(DEFAULT/x)s\nlow = %(default/x)s\n[a]\nenabled = yes\nfailregex = ${text}\n[B]\ny = 1\n[b]\n`,
      },
    })),
    {
      name: 'wrong in a disabled jail',
      files: { 'jail.conf': '[a]\nenabled = no\nfailregex = %(none)s\n[b]\nenabled = yes\n' },
    },
    {
      name: 'what a filter sees of brackets, [Init], [DEFAULT] and its jail',
      files: {
        'filter.d/f.conf':
          '[DEFAULT]\nbr = d\ninit = d\nusedns = d\nmaxretry = d\ndflt = D %(br)s %(init)s %(usedns)s %(maxretry)s\n[Definition]\nown = O %(br)s %(init)s %(usedns)s %(maxretry)s\nfailregex = T %(br)s %(init)s %(usedns)s %(maxretry)s\n <own>\n <dflt>\n <Definition/own>\n <DEFAULT/dflt>\n <known/own>\n <known/dflt>\n[Init]\ninit = i\n',
        'jail.conf':
          '[j]\nenabled = yes\nusedns = raw\nmaxretry = 7\nfilter = f[br=b]\n[k]\nenabled = yes\nfilter = f\nfailregex = %(known/failregex)s\n  more\n',
      },
    },
    {
      name: 'an invented option that is wrong and that no tag asks for',
      files: {
        'filter.d/f.conf': '[DEFAULT]\ns = b\n[Definition]\nw = %(s)s\nfailregex = a\n[Init]\ns = %%\n',
        'jail.conf': '[j]\nenabled = yes\nfilter = f\n',
      },
    },
  ],
  tags: [
    {
      name: 'nested',
      files: {
        'filter.d/f.conf':
          '[Definition]\nmdre-a = A <mode>\nmdre-b = B\nmode = b\nPREF = F-\nfailregex = <mdre-<mode>> <<PREF>HOST> <HOST> <x y> < mode> <lt_<logtype>/p> <none>\n[lt_file]\np = file\n[lt_journal]\np = journal\n',
        'jail.conf': jails(
          'filter',
          ['f', 'f[mode=a]', 'f[mode=c]', 'f[logtype=journal]', 'f[logtype=""]'],
          'backend = auto',
        ),
      },
    },
    {
      name: 'backend decides logtype',
      files: {
        'filter.d/f.conf': '[Definition]\nfailregex = <logtype>\n',
        'jail.conf': jails(
          'backend',
          ['auto', 'systemd', 'systemd[x=1]', 'SYSTEMD', 'polling'],
          'filter = f',
        ),
      },
    },
    {
      name: 'itself',
      files: {
        'filter.d/f.conf': '[Definition]\nfailregex = <w>\nw = <w>\n',
        'jail.conf': '[j]\nenabled = yes\nfilter = f\n',
      },
    },
    {
      name: 'a circle',
      files: {
        'filter.d/f.conf': '[Definition]\nfailregex = <ignoreregex>\nignoreregex = <failregex>\n',
        'jail.conf': '[j]\nenabled = yes\nfilter = f\n',
      },
    },
    {
      name: 'what waits for the ban',
      files: {
        'action.d/a.conf':
          '[Definition]\nactionban = <ip> <matches> <bantime> <timeout> <b> <c> <iptables>\n[Init]\nb = 4 <c>\nc = x\nbantime = 5\niptables = i <b>\n[Init?family=inet6]\nb = 6 <c>\n',
        'jail.conf': '[j]\nenabled = yes\naction = a\n  a[actname=z, c=y]\n',
      },
    },
  ],
  values: [
    {
      name: 'yes or no',
      files: {
        'jail.conf': jails('ignoreself', [
          '1',
          'on',
          'TRUE',
          'Yes',
          '0',
          'off',
          'false',
          'no',
          'maybe',
          '',
          '2',
          ' yes ',
        ]),
      },
    },
    {
      name: 'enabled',
      files: {
        'jail.conf': ['1', 'on', 'maybe', '', 'no', 'TRUE']
          .map((v, i) => `[j${i}]\nenabled = ${v}\n`)
          .join(''),
      },
    },
    {
      name: 'whole numbers',
      files: {
        'jail.conf': jails('maxretry', [
          '5',
          '007',
          '-3',
          '+3',
          '1_000',
          '1__0',
          ' 12 ',
          '99999999999999999999',
          'abc',
          '1.5',
          '',
          '0x10',
          '٣',
        ]),
      },
    },
    {
      name: 'times stay texts',
      files: { 'jail.conf': jails('bantime', ['10m', '-1', '1d 12h', 'abc', '', '1y-6mo']) },
    },
    {
      name: 'lists of addresses',
      files: {
        'jail.conf': jails('ignoreip', [
          '1.2.3.4',
          '1.2.3.4,5.6.7.8  ::1',
          'a\nb',
          '',
          ',',
          'a\tb',
          'a\u00a0b',
          'a;b',
          'file:/x',
        ]),
      },
    },
    {
      name: 'journalmatch',
      files: { 'jail.conf': jails('journalmatch', ['_COMM=x + _Y="a b"', "'a b'\\ c", 'a\n\nb', '']) },
    },
    { name: 'journalmatch with an open quote', files: { 'jail.conf': jails('journalmatch', ['a "b']) } },
    {
      name: 'options of the jail over those of the filter',
      files: {
        'filter.d/f.conf':
          '[Definition]\nfailregex = f\nignoreregex = i\nprefregex = p\nmaxlines = 2\ndatepattern = d\nusedns = no\njournalmatch = j\n',
        'jail.conf': jails(
          'filter',
          ['f', 'f[failregex=b, maxlines=4]'],
          'failregex = jf\nmaxlines = 3\nusedns = raw\n',
        ),
      },
    },
    {
      name: 'the server',
      files: {
        'fail2ban.conf':
          '[DEFAULT]\ndbfile = None\n[Definition]\nloglevel = debug\nlogtarget = SYSLOG[facility=x]\nsyslogsocket = /x\nallowipv6 = no\ndbpurgeage = 1mo\ndbmaxmatches = abc\n[Thread]\nstacksize = 32\n',
        'jail.conf': '[j]\n',
      },
    },
    {
      name: 'a level that is none',
      files: { 'fail2ban.conf': '[Definition]\nloglevel = loud\n', 'jail.conf': '[j]\n' },
    },
    {
      name: 'names of jails',
      files: {
        'jail.conf':
          '[a b]\nenabled = yes\n[é\'"]\nenabled = yes\n[j?x=1]\nenabled = yes\n[known/x]\nenabled = yes\n[includes]\nenabled = yes\n',
      },
    },
  ],
  'log files': [
    {
      name: 'globs and modes',
      files: {
        'jail.conf': jails(
          'logpath',
          [
            'one.log',
            '*.log',
            'none*',
            '?ne.log',
            '[ot]*',
            '[!o]*',
            'two words.log head',
            'two words.log',
            '[[]x].log',
            'one.log tail',
            'one.log  tail',
            '.*',
            '*/*.log',
            '{one,two}.log',
            '**',
            'one.log\n@DIR@/log/three.log TAIL',
          ].map((path) => `@DIR@/log/${path}`),
        ),
        'log/one.log': '',
        'log/three.log': '',
        'log/two words.log': '',
        'log/[x].log': '',
        'log/.hidden.log': '',
        'log/sub/deep.log': '',
      },
    },
    {
      name: 'none needed',
      files: { 'jail.conf': jails('backend', ['systemd', 'auto', 'polling'], 'logpath = /nowhere/x.log') },
    },
  ],
};
